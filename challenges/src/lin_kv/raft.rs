//! Raft: what is on every node, and what a candidate (section 5.2) and a leader (sections 5.3 and 5.4)
//! do by themselves.

use std::future::IntoFuture;

use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use mael::time::{self, Duration, Instant};
use mael::{NodeId, random};

use super::store::{Command, Registers};
use super::{LinKv, LinKvClient};

/// A node stands for election when it has not heard of a leader for as long as this, and up to
/// twice as long: a random time, so that mostly one does so before the others (section 9.3).
const ELECTION_TIMEOUT: Duration = Duration::from_millis(300);

/// How long a leader is silent at most towards a follower that answers.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// How many entries one message carries at most.
const BATCH: usize = 100;

/// How many entries are applied from one snapshot to the next.
const SNAPSHOT_INTERVAL: usize = 1000;

/// The current term, and whom this node votes for in it.
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Ballot {
    pub(super) term: u64,
    pub(super) voted_for: Option<NodeId>,
}

/// Where an entry is. Of two logs, the one whose last position is larger is more up to date
/// (section 5.4.1): the term decides, then the length.
#[mael::message]
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) term: u64,
    /// Counted from 1; 0 is the place before the first entry.
    pub(super) index: usize,
}

/// A command, and the term in which a leader received it.
#[mael::message]
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) term: u64,
    /// No other request of any node has it.
    pub(super) id: String,
    pub(super) command: Command,
}

/// What the entries up to the one at `last` make of the registers (section 7).
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Snapshot {
    pub(super) last: Position,
    registers: Registers,
}

/// What a leader knows of a follower.
pub(super) struct Follower {
    /// Its log is like the leader's up to this index.
    matched: usize,
    /// When the last call was made that it has answered.
    heard: Instant,
}

impl LinKv {
    /// The current term.
    pub(super) fn term(&self) -> u64 {
        self.ballot.borrow().term
    }

    /// Begins a term, or votes in it.
    pub(super) fn vote(&self, term: u64, voted_for: Option<NodeId>) -> mael::Result<()> {
        self.ballot.set(Ballot { term, voted_for })
    }

    /// Learns of a term, and of its leader if there is one. Tells whether it is the current term now.
    pub(super) fn observe(&self, term: u64, leader: Option<NodeId>) -> mael::Result<bool> {
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
        let timeout = ELECTION_TIMEOUT.mul_f64(1.0 + random::f64());
        self.election.set(time::now() + timeout);
        self.changed.notify();
    }

    /// Waits until no leader has been heard of for as long as that, or, if this node leads, until
    /// most nodes have not.
    pub(super) async fn silence(&self) {
        while time::now() < self.election.get() {
            time::sleep_until(self.election.get()).await;
        }
    }

    /// Stands for election in a new term, and leads if most nodes vote for it.
    pub(super) async fn campaign(&self) -> mael::Result<()> {
        let (term, last) = (self.term() + 1, self.last());
        self.vote(term, Some(self.id.clone()))?;
        self.follow(None);
        let calls = self.peers.iter().map(|peer| peer.request_vote(term, last));
        let mut calls: FuturesUnordered<_> = calls.map(IntoFuture::into_future).collect();
        let mut votes = 1;
        while votes < self.peers.majority()
            && let Some(answer) = calls.next().await
        {
            if let Ok((their_term, granted)) = answer {
                self.observe(their_term, None)?;
                votes += usize::from(granted);
            }
        }
        match votes >= self.peers.majority() && self.term() == term {
            true => self.lead(term).await,
            false => Ok(()),
        }
    }

    /// Whether this node is the leader of this term, which is the current one.
    pub(super) fn leads(&self, term: u64) -> bool {
        self.term() == term && self.leader.borrow().as_ref() == Some(&self.id)
    }

    /// Leads, for as long as most nodes answer. An entry of its own term is what lets a leader commit
    /// those before.
    async fn lead(&self, term: u64) -> mael::Result<()> {
        let (matched, heard) = (0, time::now());
        let unknown = |peer: LinKvClient| (peer.id().clone(), Follower { matched, heard });
        self.followers
            .replace(self.peers.iter().map(unknown).collect());
        self.follow(Some(self.id.clone()));
        let next = self.append(term, self.ids.next(), Command::Nothing)?;
        let feeds = self.peers.iter().map(|peer| self.feed(term, next, peer));
        tokio::select! {
            biased;
            () = self.silence() => Ok(()),
            fed = try_join_all(feeds) => fed.map(drop),
        }
    }

    /// Makes a follower's log like this one, from `next` on, for as long as this node leads.
    async fn feed(&self, term: u64, mut next: usize, peer: LinKvClient) -> mael::Result<()> {
        while self.leads(term) {
            let heard = time::now();
            let answer = match self.position(next - 1) {
                Some(previous) => {
                    let entries = self.log.copy_after(previous.index, BATCH);
                    let committed = self.committed.get();
                    peer.append_entries(term, previous, entries, committed)
                        .await
                }
                None => peer.install_snapshot(term, self.snapshot.get()).await,
            };
            if let Ok((their_term, matched)) = answer {
                self.observe(their_term, None)?;
                self.learn(term, peer.id(), Follower { matched, heard })?;
                next = matched + 1;
            }
            let is_behind = || (answer.is_ok() && next <= self.log.last_index()).then_some(());
            let pause = heard + HEARTBEAT - time::now();
            let _ = time::timeout(pause, self.changed.until(is_behind)).await;
        }
        Ok(())
    }

    /// Learns what a follower has answered, if this node still leads.
    fn learn(&self, term: u64, from: &NodeId, follower: Follower) -> mael::Result<()> {
        if !self.leads(term) {
            return Ok(());
        }
        self.followers.borrow_mut().insert(from.clone(), follower);
        let heard = self.by_most(time::now(), |follower| follower.heard);
        self.election.set(heard + 2 * ELECTION_TIMEOUT);
        self.commit_stored()
    }

    /// The largest value that most nodes reach, this one with `own`.
    fn by_most<T: Ord>(&self, own: T, of: impl Fn(&Follower) -> T) -> T {
        let followers = self.followers.borrow();
        let mut values: Vec<T> = followers.values().map(of).chain([own]).collect();
        values.sort_unstable();
        values.swap_remove(values.len() - self.peers.majority())
    }

    /// Adds an entry to a leader's own log, and gives its index.
    pub(super) fn append(&self, term: u64, id: String, command: Command) -> mael::Result<usize> {
        let index = self.log.push(Entry { term, id, command })?;
        self.commit_stored()?;
        Ok(index)
    }

    /// Commits what most nodes have stored, if the last of it is of this leader's own term; what is
    /// older is committed with it, and never by itself (section 5.4.2, figure 8).
    fn commit_stored(&self) -> mael::Result<()> {
        let stored = self.by_most(self.log.last_index(), |follower| follower.matched);
        if self
            .position(stored)
            .is_some_and(|last| last.term == self.term())
        {
            self.commit(stored)?;
        }
        self.changed.notify();
        Ok(())
    }

    /// Applies the entries up to this index.
    pub(super) fn commit(&self, index: usize) -> mael::Result<()> {
        while self.committed.get() < index {
            let next = self.committed.get() + 1;
            let Some(command) = self.log.get(next).map(|entry| entry.command) else {
                break;
            };
            let outcome = command.apply(&mut self.registers.borrow_mut());
            self.outcomes.borrow_mut().insert(next, outcome);
            self.committed.set(next);
        }
        self.compact()
    }

    /// Stores a snapshot when it is time, and only then forgets what was before the last one.
    fn compact(&self) -> mael::Result<()> {
        let before = self.snapshot.borrow().last.index;
        let last = self.position(self.committed.get());
        if let Some(last) = last.filter(|last| last.index >= before + SNAPSHOT_INTERVAL) {
            let registers = self.registers.borrow().clone();
            self.snapshot.set(Snapshot { last, registers })?;
            self.log.drop_up_to(before)?;
            self.outcomes
                .borrow_mut()
                .retain(|index, _| *index > before);
        }
        Ok(())
    }

    /// Makes the registers those of the snapshot. A log that has another entry where the snapshot
    /// ends, or none, is void (figure 13).
    pub(super) fn restore(&self) -> mael::Result<()> {
        let Snapshot { last, registers } = self.snapshot.get();
        let term = self.log.get(last.index).map(|entry| entry.term);
        if term != Some(last.term) && self.log.first_index() != last.index + 1 {
            self.log.restart(last.index)?;
        }
        self.registers.replace(registers);
        self.committed.set(last.index);
        Ok(())
    }

    /// Where the entry of this index is; None if it is not known.
    pub(super) fn position(&self, index: usize) -> Option<Position> {
        let last = self.snapshot.borrow().last;
        let term = match index == last.index {
            true => last.term,
            false => self.log.get(index)?.term,
        };
        Some(Position { term, index })
    }

    /// Where the last entry is.
    pub(super) fn last(&self) -> Position {
        self.position(self.log.last_index()).unwrap_or_default()
    }
}
