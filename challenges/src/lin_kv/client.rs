//! Client interaction (section 8): requests are forwarded to the leader, and executed once.
//!
//! A request can be sent several times, or duplicated by the network. It has an ID, and a leader
//! does not append a request whose ID is in its log already. The leader searches its log after the
//! index `after`, up to which the node that received the request from its client knew all entries
//! to be committed at that time: up to there, no log of a future leader contains the ID. And no log
//! contains it twice after that index: the second copy would have been appended by a leader whose
//! log matched this one up to there, and so contained the first copy.

use std::future::IntoFuture;

use futures_util::stream::FuturesUnordered;
use mael::time::{self, Duration};
use mael::{Error, NodeId, Result};

use super::LinKv;
use super::log::LogEntry;
use super::replication::next_before;
use super::store::Command;

/// The timeout of a client's request. Clients time out after a second.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(850);

/// The pause before a failed request is retried.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// The time without a reply of the leader after which a request is sent again.
const RESEND_INTERVAL: Duration = Duration::from_millis(200);

impl LinKv {
    /// Returns an ID that is unique among all requests of all nodes, also across restarts.
    pub(super) fn request_id(&self) -> String {
        let count = self.requests.replace(self.requests.get() + 1);
        format!("{}-{:016x}-{count}", self.id, self.nonce.get())
    }

    /// Executes a client's command on the leader, or on the next leader if it fails.
    ///
    /// # Errors
    /// Returns the error of the command; error 11 if the request was not sent to any leader, so it
    /// was certainly not executed; and error 0 or 13 if it was sent, since it may still be
    /// executed.
    pub(super) async fn submit(&self, command: Command) -> Result<Option<i64>> {
        let (id, after) = (self.request_id(), self.log.commit_index());
        let deadline = time::now() + REQUEST_TIMEOUT;
        let mut failure = Error::temporarily_unavailable("there is no leader");
        let leader = || self.leader.borrow().clone();
        while let Ok(leader) = time::timeout_at(deadline, self.changed.wait_for(leader)).await {
            let result = if leader == self.id {
                self.execute(id.clone(), after, command).await
            } else {
                self.forward(&leader, &id, after, command).await
            };
            match result {
                Err(error) if !error.code.is_definite() => failure = error,
                definite => return definite,
            }
            if time::now() >= deadline {
                break;
            }
            time::sleep(RETRY_INTERVAL).await;
        }
        Err(failure)
    }

    /// Sends a request to the leader, and again at intervals, until it replies or another node
    /// leads. A reply to any attempt counts, however late: a round trip may take longer than the
    /// interval.
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
        Err(Error::crash("the leader changed before it replied"))
    }

    /// On the leader, appends a command to the log unless it is there already, waits until it is
    /// applied, and returns its result.
    ///
    /// # Errors
    /// Returns the error of the command, or error 13 if this node is not the leader, or ceases to
    /// be: as long as it leads, the entry at the index does not change. Also returns error 13 if
    /// its log has discarded entries after `after`, among which the ID may have been; the command
    /// is then not executed.
    pub(super) async fn execute(
        &self,
        id: String,
        after: usize,
        command: Command,
    ) -> Result<Option<i64>> {
        let term = self.current_term();
        if !self.leads(term) {
            return Err(Error::crash("this node is not the leader"));
        }
        let index = match self.log.find_request(&id, after)? {
            Some(index) => index,
            None => self.append(LogEntry { term, id, command })?,
        };
        let result = self.changed.wait_for(|| {
            if self.leads(term) {
                self.log.result(index)
            } else {
                Some(Err(Error::crash(
                    "the leader changed before the command was applied",
                )))
            }
        });
        result.await
    }
}
