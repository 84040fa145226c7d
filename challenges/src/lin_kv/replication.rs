//! Log replication: the rules of figure 2 for leaders (sections 5.3 and 5.4).

use std::collections::BTreeMap;
use std::future::{Future, IntoFuture};
use std::pin::pin;

use futures_util::future::{Either, FutureExt, select, try_join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mael::executor::LocalFuture;
use mael::time::{self, Duration, Instant};
use mael::{NodeId, Result};

use super::log::LogEntry;
use super::timing::{APPEND_TIMEOUT, HEARTBEAT, MIN_ELECTION_TIMEOUT, SEND_INTERVAL};
use super::{Command, LinKv, LinKvClient};

/// The maximum number of entries in a message.
const MAX_ENTRIES: usize = 100;

/// The state of a follower's log, as far as the leader knows.
struct Follower {
    /// `nextIndex`: the index of the next entry to send. Entries are sent again until they are
    /// acknowledged.
    next_index: usize,
    /// `matchIndex`: the index up to which the log is known to match the leader's. It only grows
    /// within a term, since a follower never replaces matching entries. None before the first
    /// reply.
    match_index: Option<usize>,
    /// The index of the last entry that was sent and not rejected.
    last_sent: usize,
}

impl Follower {
    /// Processes a reply to a message whose last entry was at `last_sent`.
    fn acknowledge(&mut self, match_index: usize, last_sent: usize) {
        // Replies can be delayed and reordered.
        if Some(match_index) > self.match_index {
            self.match_index = Some(match_index);
            self.next_index = match_index + 1;
            // The follower has less than was sent if it has rejected the message, and returned its
            // commit index, or has installed a snapshot. The leader continues after that index.
            self.last_sent = if match_index < last_sent {
                match_index
            } else {
                self.last_sent.max(last_sent)
            };
        }
    }

    /// Whether there are entries up to `last_index` that can be sent and were not.
    fn lags(&self, last_index: usize) -> bool {
        self.last_sent < last_index.min(self.next_index - 1 + MAX_ENTRIES)
    }
}

/// A message that was sent to a follower.
struct Sent {
    /// The index of the last entry that the follower has after it accepts the message.
    last_index: usize,
    /// The time without a reply after which the message is sent again.
    resend_after: Duration,
    reply: LocalFuture<'static, Result<(u64, usize)>>,
}

impl LinKv {
    /// Whether this node is the leader of this term, the term is the current one, and a majority of
    /// nodes replies.
    pub(super) fn leads(&self, term: u64) -> bool {
        let is_leader = self.leader.borrow().as_ref() == Some(&self.id);
        is_leader && self.current_term() == term && time::now() < self.election_deadline.get()
    }

    /// Upon election: leads until there is a newer term, or a majority no longer replies.
    pub(super) async fn lead(&self, term: u64) -> Result<()> {
        self.match_index.borrow_mut().clear();
        self.answered.borrow_mut().clear();
        self.set_leader(Some(self.id.clone()));
        // A leader can commit entries of earlier terms only with an entry of its own term (section
        // 8).
        let next_index = self.append(LogEntry {
            term,
            id: self.request_id(),
            command: Command::Nothing,
        })?;
        let replicate = |peer| self.replicate_to(peer, term, next_index);
        try_join_all(self.peers.iter().map(replicate))
            .await
            .map(drop)
    }

    /// Appends an entry to the leader's own log, and returns its index.
    pub(super) fn append(&self, entry: LogEntry) -> Result<usize> {
        let index = self.log.push(entry)?;
        self.match_index.borrow_mut().insert(self.id.clone(), index);
        self.advance_commit_index()?;
        Ok(index)
    }

    /// If last log index ≥ nextIndex for a follower: sends AppendEntries with log entries starting
    /// at nextIndex. Sends heartbeats during idle periods.
    ///
    /// New entries are sent without waiting for replies to earlier messages, together with all
    /// entries that are not acknowledged. So neither a slow link nor a lost message delays later
    /// entries.
    async fn replicate_to(&self, peer: LinKvClient, term: u64, next_index: usize) -> Result<()> {
        let mut replies = FuturesUnordered::new();
        let mut follower = Follower {
            next_index,
            match_index: None,
            last_sent: next_index - 1,
        };
        while self.leads(term) {
            let sent_at = time::now();
            let sent = self.send_entries(&peer, term, follower.next_index);
            follower.last_sent = sent.last_index;
            let reply = sent.reply;
            replies.push(reply.map(move |reply| (sent_at, sent.last_index, reply)));
            loop {
                let awaits_reply = !replies.is_empty();
                let lags = || follower.lags(self.log.last_index()).then_some(());
                let send_again = async {
                    if awaits_reply {
                        time::sleep_until(sent_at + SEND_INTERVAL).await;
                    }
                    let lags = self.changed.wait_for(lags);
                    let _ = time::timeout_at(sent_at + sent.resend_after, lags).await;
                };
                let Some((sent_at, last_sent, reply)) = next_before(send_again, &mut replies).await
                else {
                    break;
                };
                // Entries without a reply are sent again.
                let Ok((their_term, match_index)) = reply else {
                    continue;
                };
                self.observe_term(their_term)?;
                if !self.leads(term) {
                    return Ok(());
                }
                follower.acknowledge(match_index, last_sent);
                let match_index = follower.match_index.unwrap_or_default();
                self.match_index
                    .borrow_mut()
                    .insert(peer.id().clone(), match_index);
                self.keep_leading(peer.id(), sent_at);
                self.advance_commit_index()?;
            }
        }
        Ok(())
    }

    /// Sends the entries starting at nextIndex, or a snapshot if the log has discarded the entry
    /// before them (section 7).
    fn send_entries(&self, peer: &LinKvClient, term: u64, next_index: usize) -> Sent {
        let prev_index = next_index - 1;
        match self.log.position(prev_index) {
            Some(prev_log) => {
                let entries = self.log.copy_after(prev_index, MAX_ENTRIES);
                let last_index = prev_index + entries.len();
                let leader_commit = self.log.commit_index();
                let call = peer.append_entries(term, prev_log, entries, leader_commit);
                Sent {
                    last_index,
                    resend_after: HEARTBEAT,
                    reply: call.timeout(APPEND_TIMEOUT).into_future(),
                }
            }
            None => {
                let call = peer.install_snapshot(term, self.log.snapshot());
                Sent {
                    last_index: self.log.last_index(),
                    resend_after: MIN_ELECTION_TIMEOUT,
                    reply: call.timeout(APPEND_TIMEOUT).into_future(),
                }
            }
        }
    }

    /// Processes a follower's reply to a message sent at `sent_at`: the leader continues as long as
    /// a majority replies.
    ///
    /// A leader without replies from a majority for two election timeouts steps down, so that
    /// clients on the minority side of a partition get errors in time, and its log does not grow
    /// needlessly.
    fn keep_leading(&self, follower: &NodeId, sent_at: Instant) {
        self.round_trip.record(time::now() - sent_at);
        let mut answered = self.answered.borrow_mut();
        let last = answered.entry(follower.clone()).or_default();
        *last = sent_at.max(*last);
        answered.insert(self.id.clone(), time::now());
        let last_contact = self.reached_by_majority(&answered);
        self.last_contact.set(last_contact);
        let step_down = last_contact + 2 * self.round_trip.election_timeout();
        self.election_deadline
            .set(step_down.max(self.election_deadline.get()));
    }

    /// If there exists an N > commitIndex such that a majority of matchIndex[i] ≥ N, and
    /// log[N].term == currentTerm: sets commitIndex = N. Entries of earlier terms are committed
    /// with it, and never by themselves (section 5.4.2, figure 8).
    fn advance_commit_index(&self) -> Result<()> {
        let stored = self.reached_by_majority(&self.match_index.borrow());
        let position = self.log.position(stored);
        if position.is_some_and(|stored| stored.term == self.current_term()) {
            self.commit_up_to(stored)?;
        } else {
            self.changed.notify_waiters();
        }
        Ok(())
    }

    /// All servers: commits entries up to this index and applies them to the state machine, then
    /// discards entries that a snapshot replaces (section 7).
    pub(super) fn commit_up_to(&self, index: usize) -> Result<()> {
        self.log.commit_up_to(index, self.flags.snapshot_interval)?;
        self.changed.notify_waiters();
        Ok(())
    }

    /// Returns the largest value that a majority of all nodes has reached. For nodes without a
    /// value, the default counts.
    fn reached_by_majority<T: Copy + Default + Ord>(&self, values: &BTreeMap<NodeId, T>) -> T {
        let mut values: Vec<T> = values.values().copied().collect();
        values.sort_unstable_by(|a, b| b.cmp(a));
        let majority = self.nodes.len() / 2 + 1;
        values.get(majority - 1).copied().unwrap_or_default()
    }
}

/// Returns the next of these replies, or None if `until` completes first.
pub(super) async fn next_before<F: Future>(
    until: impl Future,
    replies: &mut FuturesUnordered<F>,
) -> Option<F::Output> {
    if replies.is_empty() {
        until.await;
        return None;
    }
    match select(replies.next(), pin!(until)).await {
        Either::Left((reply, _)) => reply,
        Either::Right(_) => None,
    }
}
