//! Elections (section 5.2): terms, votes, and the timer that starts them.

use std::future::IntoFuture;

use futures_util::stream::{FuturesUnordered, StreamExt};
use mael::NodeId;
use mael::random;
use mael::time::{self, Duration};

use super::{LinKv, Role};

/// A node stands for election when it has not heard of a leader for as long as this, and up to
/// twice as long: a random time, so that mostly one does so before the others (section 9.3).
pub(super) const ELECTION_TIMEOUT: Duration = Duration::from_millis(300);

/// The name of the record in storage.
const RECORD: &str = "ballot";

/// The current term, and whom this node votes for in it. Stored before anybody is told.
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Ballot {
    pub(super) term: u64,
    pub(super) voted_for: Option<NodeId>,
}

impl LinKv {
    /// The current term.
    pub(super) fn term(&self) -> u64 {
        self.ballot.borrow().term
    }

    /// Takes the ballot from storage.
    pub(super) fn recover_ballot(&self) -> mael::Result<()> {
        let ballot = self.storage.read(RECORD)?;
        self.ballot.replace(ballot.unwrap_or_default());
        self.postpone_election();
        Ok(())
    }

    /// Begins a term, or votes in it.
    pub(super) fn cast(&self, term: u64, voted_for: Option<NodeId>) -> mael::Result<()> {
        let ballot = Ballot { term, voted_for };
        self.storage.replace(RECORD, &ballot)?;
        self.ballot.replace(ballot);
        Ok(())
    }

    /// Makes this node a follower if there is a newer term than its own.
    pub(super) fn observe(&self, term: u64) -> mael::Result<()> {
        if term > self.term() {
            self.cast(term, None)?;
            self.follow(None);
        }
        Ok(())
    }

    /// Makes this node a follower in its term.
    pub(super) fn follow(&self, leader: Option<NodeId>) {
        self.role.replace(Role::Follower { leader });
        self.work.notify_one();
        self.progress.notify_waiters();
    }

    /// Waits for a leader to be heard of, from now on.
    pub(super) fn postpone_election(&self) {
        let timeout = ELECTION_TIMEOUT.mul_f64(1.0 + random::f64());
        self.election.set(time::now() + timeout);
    }

    /// Waits until this node is to stand for election.
    pub(super) async fn wait_for_election(&self) {
        while time::now() < self.election.get() {
            time::sleep_until(self.election.get()).await;
        }
    }

    /// Stands for election in a new term: leads if most nodes vote for it before the next timeout.
    pub(super) async fn campaign(&self) -> mael::Result<()> {
        self.postpone_election();
        let term = self.term() + 1;
        self.cast(term, Some(self.id.clone()))?;
        self.role.replace(Role::Candidate);
        let last = self.log.borrow().last();
        let calls = self.peers.iter().map(|peer| peer.request_vote(term, last));
        let mut calls: FuturesUnordered<_> = calls.map(IntoFuture::into_future).collect();
        let mut votes = 1;
        while self.stands(term) && votes < self.majority() {
            let rest = self.election.get() - time::now();
            let Ok(Some(answer)) = time::timeout(rest, calls.next()).await else {
                return Ok(());
            };
            if let Ok((their_term, granted)) = answer {
                self.observe(their_term)?;
                votes += usize::from(granted);
            }
        }
        match self.stands(term) {
            true => self.begin_leading(term),
            false => Ok(()),
        }
    }

    /// How many nodes are more than half of them, this one included.
    fn majority(&self) -> usize {
        self.peers.len().div_ceil(2) + 1
    }

    fn stands(&self, term: u64) -> bool {
        self.term() == term && matches!(*self.role.borrow(), Role::Candidate)
    }
}
