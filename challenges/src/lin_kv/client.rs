//! What is done for clients (section 8): their requests go to the leader, and are done once.
//!
//! A request may be sent several times, or be duplicated by the network. It has an id, and a leader
//! that has the id in its log adds nothing. The leader looks for it behind the index `after`, up to
//! which the node that made the request knew all entries to be committed when it made it: no log that
//! can still win has the id up to there. And no log has it twice behind: of two copies, the later one
//! would have been added by a leader whose log was like this one up to there, and had the earlier copy.

use std::future::IntoFuture;

use futures_util::stream::FuturesUnordered;
use mael::time::{self, Duration};
use mael::{Error, NodeId, Result};

use super::LinKv;
use super::log::LogEntry;
use super::replication::next_before;
use super::store::Command;

/// How long a client's request is tried: the client itself gives up after a second.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(850);

/// How long to wait before asking for a leader again.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// How long to wait for the leader's answer before asking it again.
const RESEND_INTERVAL: Duration = Duration::from_millis(200);

impl LinKv {
    /// An id that no other request of any node has, in any of its starts.
    pub(super) fn request_id(&self) -> String {
        let count = self.requests.replace(self.requests.get() + 1);
        format!("{}-{:016x}-{count}", self.id, self.nonce.get())
    }

    /// Has the leader perform a client's command, whichever node that is, and the next leader if it is
    /// lost.
    ///
    /// # Errors
    /// That of the command. Error 11 if the request was sent to nobody, and certainly nothing was done;
    /// if it was sent, whoever has it may still perform it, and the error is 0 or 13.
    pub(super) async fn submit(&self, command: Command) -> Result<Option<i64>> {
        let (id, after) = (self.request_id(), self.log.commit_index());
        let deadline = time::now() + REQUEST_TIMEOUT;
        let mut failure = Error::temporarily_unavailable("there is no leader");
        let known = || self.leader.borrow().clone();
        while let Ok(leader) = time::timeout_at(deadline, self.changed.wait_for(known)).await {
            let outcome = match leader == self.id {
                true => self.perform(id.clone(), after, command).await,
                false => self.forward(&leader, &id, after, command).await,
            };
            match outcome {
                Err(error) if !error.code.is_definite() => failure = error,
                settled => return settled,
            }
            if time::now() >= deadline {
                break;
            }
            time::sleep(RETRY_INTERVAL).await;
        }
        Err(failure)
    }

    /// Sends a request to the leader, and again until it answers or another node leads. Any of the
    /// answers counts, however late: a round trip may take longer than the interval.
    async fn forward(
        &self,
        leader: &NodeId,
        id: &str,
        after: usize,
        command: Command,
    ) -> Result<Option<i64>> {
        let mut replies = FuturesUnordered::new();
        let peer = self.peers.client(leader.clone());
        let is_replaced = || self.leader.borrow().as_ref() != Some(leader);
        while !is_replaced() {
            let call = peer.propose(id.to_owned(), after, command);
            replies.push(call.into_future());
            let replaced = self.changed.wait_for(|| is_replaced().then_some(()));
            let send_again = time::timeout_at(time::now() + RESEND_INTERVAL, replaced);
            if let Some(reply) = next_before(send_again, &mut replies).await {
                return reply;
            }
        }
        Err(Error::crash("the leader changed before it answered"))
    }

    /// As the leader, appends a command to the log unless it is there, waits until it is applied, and
    /// returns its outcome.
    ///
    /// # Errors
    /// That of the command. Error 13 if this node does not lead, or stops leading: while it leads, the
    /// entry at the index is still the one that it found or added. Also if its log has discarded entries
    /// behind `after`, among which the id may have been; nothing is done then.
    pub(super) async fn perform(
        &self,
        id: String,
        after: usize,
        command: Command,
    ) -> Result<Option<i64>> {
        let term = self.current_term();
        if !self.leads(term) {
            return Err(Error::crash("this node does not lead"));
        }
        let index = match self.log.find_request(&id, after)? {
            Some(index) => index,
            None => self.append(LogEntry { term, id, command })?,
        };
        let outcome = self.changed.wait_for(|| match self.leads(term) {
            true => self.log.outcome(index),
            false => Some(Err(Error::crash("the leader changed before it was done"))),
        });
        outcome.await
    }
}
