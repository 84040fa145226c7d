//! Terms, votes and elections: the rules of figure 2 for all servers, followers and candidates
//! (sections 5.1 and 5.2).

use mael::call::{Arguments, Call, Returns};
use mael::time;
use mael::{NodeId, Result, random};

use super::timing::HEARTBEAT;
use super::{LinKv, LinKvClient, Vote};

impl LinKv {
    /// Returns the latest term that this node has seen.
    pub(super) fn current_term(&self) -> u64 {
        self.vote.borrow().current_term
    }

    /// Stores the current term and the vote in it.
    pub(super) fn set_vote(&self, current_term: u64, voted_for: Option<NodeId>) -> Result<()> {
        self.vote.set(Vote {
            current_term,
            voted_for,
        })
    }

    /// All servers: if a request or reply has a term T > currentTerm, set currentTerm = T and
    /// become a follower (section 5.1).
    pub(super) fn observe_term(&self, term: u64) -> Result<()> {
        if term > self.current_term() {
            self.set_vote(term, None)?;
            self.set_leader(None);
        }
        Ok(())
    }

    /// Processes the term of a request by a leader, which followers and candidates then follow.
    /// Returns whether it is the current term.
    pub(super) fn observe_leader(&self, term: u64, leader: NodeId) -> Result<bool> {
        self.observe_term(term)?;
        let is_current = term == self.current_term();
        if is_current {
            self.set_leader(Some(leader));
        }
        Ok(is_current)
    }

    /// Sets the leader of the current term, if it is known, and resets the election timer.
    pub(super) fn set_leader(&self, leader: Option<NodeId>) {
        self.leader.replace(leader);
        self.reset_election_timer();
        self.changed.notify_waiters();
    }

    /// The timeout is random, so that split votes are rare (section 5.2).
    fn reset_election_timer(&self) {
        let timeout = self.round_trip.election_timeout();
        let timeout = timeout.mul_f64(1.0 + random::f64());
        self.last_contact.set(time::now());
        self.election_deadline.set(time::now() + timeout);
    }

    /// Followers: waits until the election timeout elapses without a message from the current
    /// leader or a vote for a candidate, which reset the timer.
    pub(super) async fn election_timeout_elapses(&self) {
        while time::now() < self.election_deadline.get() {
            time::sleep_until(self.election_deadline.get()).await;
        }
    }

    /// Candidates: starts an election if this node would win it, and leads if it does.
    ///
    /// A node first asks whether it would win (PreVote, section 9.6 of Ongaro's thesis, "Consensus:
    /// Bridging Theory and Practice", 2014). So a node that alone receives no messages from the
    /// leader, because of a slow link or a partition, does not depose the leader, and does not
    /// increase its term while it is partitioned.
    pub(super) async fn campaign(&self) -> Result<()> {
        let term = self.current_term() + 1;
        self.set_leader(None);
        let would_win = self
            .wins_majority(|peer| peer.pre_vote(term, self.log.last()))
            .await?;
        // Meanwhile another node may have become the leader or started a term.
        if !would_win || self.current_term() >= term || self.leader.borrow().is_some() {
            return Ok(());
        }
        // On conversion to candidate, start an election: increment currentTerm, vote for self,
        // reset the election timer, send RequestVote to all other servers.
        self.set_vote(term, Some(self.id.clone()))?;
        self.set_leader(None);
        let wins = self
            .wins_majority(|peer| peer.request_vote(term, self.log.last()))
            .await?;
        // If votes are received from a majority of servers, become leader. If there is a newer term
        // by then, these votes no longer count.
        if wins && self.current_term() == term {
            self.lead(term).await?;
        }
        Ok(())
    }

    /// Requests the votes of all other nodes until the election timeout elapses. Returns whether a
    /// majority of all nodes grants its vote, including this node.
    async fn wins_majority<A, R>(&self, request: impl Fn(LinKvClient) -> Call<A, R>) -> Result<bool>
    where
        A: Arguments + 'static,
        R: Returns<Output = (u64, bool)> + 'static,
    {
        let sent_at = time::now();
        let mut replies = self
            .peers
            .call_all(|peer| request(peer).timeout(HEARTBEAT).retry());
        let majority = self.nodes.len() / 2 + 1;
        let mut votes = 1;
        while votes < majority {
            let reply = time::timeout_at(self.election_deadline.get(), replies.next()).await;
            let Ok(Some((_, reply))) = reply else {
                return Ok(false);
            };
            if let Ok((term, vote_granted)) = reply {
                self.round_trip.record(time::now() - sent_at);
                self.observe_term(term)?;
                votes += usize::from(vote_granted);
            }
        }
        Ok(true)
    }
}
