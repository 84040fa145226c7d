//! Raft: what is on every node, and what a candidate (section 5.2) and a leader (sections 5.3 and 5.4)
//! do by themselves.

use futures_util::future::try_join_all;
use mael::call::{Arguments, Call, Returns};
use mael::time;
use mael::{NodeId, Result, random};

use super::timing::HEARTBEAT;
use super::{Command, LinKv, LinKvClient};

/// How many entries one message carries at most.
const BATCH: usize = 100;

/// The current term, and whom this node votes for in it.
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Ballot {
    pub(super) term: u64,
    pub(super) voted_for: Option<NodeId>,
}

/// The term and the index of an entry, counted from 1; before the first one both are 0. Of two logs,
/// the one whose last position is larger is more up to date (section 5.4.1).
pub(super) type Position = (u64, usize);

/// A command, and the term in which a leader received it.
#[mael::message]
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) term: u64,
    /// No other request of any node has it.
    pub(super) id: String,
    pub(super) command: Command,
}

impl LinKv {
    /// The current term.
    pub(super) fn term(&self) -> u64 {
        self.ballot.borrow().term
    }

    /// Begins a term, or votes in it.
    pub(super) fn vote(&self, term: u64, voted_for: Option<NodeId>) -> Result<()> {
        self.ballot.set(Ballot { term, voted_for })
    }

    /// Learns of a term, and of its leader if there is one. Tells whether it is the current term now.
    pub(super) fn observe(&self, term: u64, leader: Option<NodeId>) -> Result<bool> {
        if term > self.term() {
            self.vote(term, None)?;
            self.follow(None);
        }
        if term == self.term() && leader.is_some() {
            self.follow(leader);
        }
        Ok(term == self.term())
    }

    /// Takes a node, if any, for the leader of this term, and waits to hear of one from now on.
    pub(super) fn follow(&self, leader: Option<NodeId>) {
        self.leader.replace(leader);
        // A random time, so that mostly one node stands before the others (section 9.3).
        let timeout = self.round_trip.election_timeout();
        self.last_contact.set(time::now());
        self.election
            .set(time::now() + timeout.mul_f64(1.0 + random::f64()));
        self.changed.notify();
    }

    /// Stands for election in a new term if most nodes would vote for this one, and leads if most do.
    /// As it asks first, it does not end the term of a leader whom only this node does not hear, nor
    /// do its terms grow while it is cut off (PreVote, section 9.6 of Ongaro's thesis).
    pub(super) async fn campaign(&self) -> Result<()> {
        let term = self.term() + 1;
        self.follow(None);
        let would_win = self.poll(|peer| peer.pre_vote(term, self.last())).await?;
        if !would_win || self.term() >= term || self.leader.borrow().is_some() {
            return Ok(());
        }
        self.vote(term, Some(self.id.clone()))?;
        self.follow(None);
        let wins = self
            .poll(|peer| peer.request_vote(term, self.last()))
            .await?;
        match wins && self.term() == term {
            true => self.lead(term).await,
            false => Ok(()),
        }
    }

    /// Asks all other nodes for a vote until it is time to stand again: whether most grant it.
    async fn poll<A, R>(&self, ask: impl Fn(LinKvClient) -> Call<A, R>) -> Result<bool>
    where
        A: Arguments + 'static,
        R: Returns<Output = (u64, bool)> + 'static,
    {
        let asked = time::now();
        let mut answers = self.peers.ask(|peer| ask(peer).timeout(HEARTBEAT).retry());
        self.votes.clear();
        self.votes.set(&self.id, true);
        while !self.votes.reached() {
            let rest = self.election.get().since(time::now());
            let Ok(Some((peer, answer))) = time::timeout(rest, answers.next()).await else {
                break;
            };
            if let Ok((their_term, granted)) = answer {
                self.round_trip.observe(time::now() - asked);
                self.observe(their_term, None)?;
                self.votes.set(&peer, granted);
            }
        }
        Ok(self.votes.reached())
    }

    /// Whether this node is the leader of this term, which is the current one, and most nodes answer.
    pub(super) fn leads(&self, term: u64) -> bool {
        let is_leader = self.leader.borrow().as_ref() == Some(&self.id);
        is_leader && self.term() == term && time::now() < self.election.get()
    }

    /// Leads, for as long as most nodes answer. An entry of its own term is what lets a leader commit
    /// those before.
    async fn lead(&self, term: u64) -> Result<()> {
        self.matched.clear();
        self.heard.clear();
        self.follow(Some(self.id.clone()));
        let next = self.append(term, self.ids.next(), Command::Nothing)?;
        let feeds = self.peers.iter().map(|peer| self.feed(term, next, peer));
        try_join_all(feeds).await.map(drop)
    }

    /// Makes a follower's log like this one, from `next` on, for as long as this node leads: until there
    /// is a newer term, or most nodes have not answered for so long that they may have elected another.
    async fn feed(&self, term: u64, mut next: usize, peer: LinKvClient) -> Result<()> {
        while self.leads(term) {
            let called = time::now();
            let answer = match self.position(next - 1) {
                Some(previous) => {
                    let entries = self.machine.copy_after(next - 1, BATCH);
                    let call = peer.append_entries(term, previous, entries, self.machine.applied());
                    let call = call.timeout(HEARTBEAT).retry().into_future();
                    time::timeout(self.round_trip.election_timeout(), call).await
                }
                None => Ok(peer.install_snapshot(term, self.machine.snapshot()).await),
            };
            let Ok(Ok((their_term, matched))) = answer else {
                time::sleep_until(called + HEARTBEAT).await;
                continue;
            };
            if !self.observe(their_term, None)? || !self.leads(term) {
                break;
            }
            next = matched + 1;
            self.round_trip.observe(time::now() - called);
            self.matched.set(peer.id(), matched);
            self.heard.set(peer.id(), called);
            self.heard.set(&self.id, time::now());
            self.last_contact.set(self.heard.reached());
            let resign = self.last_contact.get() + 2 * self.round_trip.election_timeout();
            self.election.set(resign.max(self.election.get()));
            self.commit_stored()?;
            let is_behind = || (next <= self.machine.last_index()).then_some(());
            self.changed.until_or(called + HEARTBEAT, is_behind).await;
        }
        Ok(())
    }

    /// Adds an entry to a leader's own log, and gives its index.
    pub(super) fn append(&self, term: u64, id: String, command: Command) -> Result<usize> {
        let index = self.machine.push(Entry { term, id, command })?;
        self.matched.set(&self.id, index);
        self.commit_stored()?;
        Ok(index)
    }

    /// Commits what most nodes have stored, if the last of it is of this leader's own term; what is
    /// older is committed with it, and never by itself (section 5.4.2, figure 8).
    fn commit_stored(&self) -> Result<()> {
        let stored = self.position(self.matched.reached());
        if let Some((_, index)) = stored.filter(|(term, _)| *term == self.term()) {
            self.machine.apply_up_to(index)?;
        }
        self.changed.notify();
        Ok(())
    }

    /// Where the entry of this index is; None if it is not known.
    pub(super) fn position(&self, index: usize) -> Option<Position> {
        match index {
            0 if self.machine.first_index() == 1 => Some((0, 0)),
            _ => Some((self.machine.entry(index)?.term, index)),
        }
    }

    /// Where the last entry is.
    pub(super) fn last(&self) -> Position {
        self.position(self.machine.last_index()).unwrap_or_default()
    }
}
