//! Raft: what is on every node, and what a candidate (section 5.2) and a leader (sections 5.3 and 5.4)
//! do by themselves.

use std::future::IntoFuture;
use std::pin::pin;

use futures_util::future::{Either, FutureExt, select, try_join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mael::call::{Arguments, Call, Returns};
use mael::executor::LocalFuture;
use mael::time::{self, Duration, Instant};
use mael::{NodeId, Result, random};

use super::timing::{HEARTBEAT, PACE, PATIENCE, SHORTEST};
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
        self.changed.notify_waiters();
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
        let feeds = self
            .peers
            .iter()
            .map(|peer| self.feed(term, next - 1, peer));
        try_join_all(feeds).await.map(drop)
    }

    /// Makes a follower's log like this one, from `last` on, for as long as this node leads: until there
    /// is a newer term, or most nodes have not answered for so long that they may have elected another.
    /// It sends what is new without waiting for the answers to what it has sent, so that neither a slow
    /// link nor a lost message holds up what comes after.
    async fn feed(&self, term: u64, last: usize, peer: LinKvClient) -> Result<()> {
        let mut answers = FuturesUnordered::new();
        // In one term this only grows: a follower replaces nothing that is like its leader's log.
        let mut matched = None;
        let mut heard = Instant::default();
        while self.leads(term) {
            let called = time::now();
            let (mut sent, again, call) = self.replicate(term, matched.unwrap_or(last), &peer);
            answers.push(call.map(move |answer| (called, sent, answer)));
            loop {
                let most = matched.unwrap_or(last) + BATCH;
                let is_behind = move || (sent < most.min(self.machine.last_index())).then_some(());
                let is_alone = answers.is_empty();
                let more = async move {
                    if !is_alone {
                        time::sleep_until(called + PACE).await;
                    }
                    let behind = self.changed.wait_for(is_behind);
                    let _ = time::timeout_at(called + again, behind).await;
                };
                if is_alone {
                    more.await;
                    break;
                }
                let Either::Left((Some(answer), _)) = select(answers.next(), pin!(more)).await
                else {
                    break;
                };
                let (called, end, Ok((their_term, theirs))) = answer else {
                    continue;
                };
                if !self.observe(their_term, None)? || !self.leads(term) {
                    return Ok(());
                }
                if Some(theirs) > matched {
                    matched = Some(theirs);
                    sent = if theirs < end { theirs } else { sent.max(end) };
                }
                heard = heard.max(called);
                self.round_trip.observe(time::now() - called);
                self.matched.set(peer.id(), matched.unwrap_or_default());
                self.heard.set(peer.id(), heard);
                self.heard.set(&self.id, time::now());
                self.last_contact.set(self.heard.reached());
                let resign = self.last_contact.get() + 2 * self.round_trip.election_timeout();
                self.election.set(resign.max(self.election.get()));
                self.commit_stored()?;
            }
        }
        Ok(())
    }

    /// Sends a follower what is behind the entry of this index, or a snapshot if the log has forgotten
    /// that. Gives the index up to which it then has all, if it takes it; when to send again without
    /// an answer; and the answer.
    fn replicate(
        &self,
        term: u64,
        base: usize,
        peer: &LinKvClient,
    ) -> (usize, Duration, LocalFuture<'static, Result<(u64, usize)>>) {
        match self.position(base) {
            Some(previous) => {
                let entries = self.machine.copy_after(base, BATCH);
                let end = base + entries.len();
                let call = peer.append_entries(term, previous, entries, self.machine.applied());
                (end, HEARTBEAT, call.timeout(PATIENCE).into_future())
            }
            None => {
                let call = peer.install_snapshot(term, self.machine.snapshot());
                let end = self.machine.last_index();
                (end, SHORTEST, call.timeout(PATIENCE).into_future())
            }
        }
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
        self.changed.notify_waiters();
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
