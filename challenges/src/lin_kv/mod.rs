//! A linearizable key-value store over its own Raft, without a service underneath.
//!
//! How it works: Raft as in Ongaro & Ousterhout, "In Search of an Understandable Consensus
//! Algorithm" (extended version, 2014); the sections named in the code are those of this paper, and
//! figure 2 is most of it on one page. The nodes elect a leader for a term. It puts each operation
//! into its log, reads too, copies the log to the others, and applies an entry to the registers once
//! most nodes have stored it. Any node may be asked: it has the leader do it, and tries again, the
//! next leader too, for 0.85 s, since clients give up after 1 s.
//!
//! | file | what is in it |
//! |---|---|
//! | `mod` | the node: what clients ask, what nodes call, and the way to the leader |
//! | `raft` | what a candidate and a leader do by themselves: elections, copying, committing |
//! | `timing` | how long to wait for other nodes |
//! | `store` | the registers, and what is done to them |
//!
//! Why it is right:
//!
//! - There is one leader in a term, because a node votes once in it; a leader's log has all that
//!   is committed, because nobody votes for a log behind its own (section 5.4.1); and a leader
//!   commits only by an entry of its own term (section 5.4.2).
//! - What must survive a kill is stored before it is acted on: term and vote in one record, the log
//!   in a list of changes. The registers are those of the last snapshot, and the log behind it is
//!   applied to them again as it is known to be committed.
//! - A refusal tells up to where the follower has committed. That is in the leader's log too, so
//!   that it goes on from there, or with a snapshot if it has forgotten what follows.
//! - An operation is done once, however often its request was sent or doubled by the network: the
//!   request has an id, and a leader that has the id in its log adds nothing. It looks behind the
//!   index `after`, up to which the node that asks knew all to be committed when it made the request;
//!   so that no log that can still win has the id up to there. And no log has it twice behind: of
//!   two copies the later one was added by a leader whose log was then like this one, and had the
//!   earlier copy. If the leader has forgotten entries behind `after`, it does nothing, and says so.
//! - A leader waits for the entry at one index, and gives its outcome only while it leads: then the
//!   entry is still the one that it found or added.
//! - The client is told that nothing was done (error 11) only if the request was sent to nobody. If it
//!   was, it may be done later, by whoever has it then: that is error 0 or 13.
//! - A leader that most nodes have not answered for two election timeouts gives up, so that clients
//!   on the smaller side of a partition are told so in time, and its log does not grow for nothing.
//! - A node asks the others whether they would vote for it before it begins a term, and they would not
//!   while they hear of a leader (PreVote, section 9.6 of Ongaro's thesis, "Consensus: Bridging Theory
//!   and Practice", 2014). So a node that alone does not hear of the leader, because a link is slow or
//!   cut, does not depose it. These votes bind nobody: what is elected is decided as above.
//! - An election timeout is 0.3 s, or longer where round trips take longer or vary, by what the node
//!   has measured. Otherwise each election would end before its votes have come.
//! - A snapshot is stored after each 1,000 entries, and only then does the log forget what was before
//!   the last one (section 7). So storage has one copy of the registers and at most 2,000 applied
//!   entries.
//!
//! What it costs: for n nodes 2 (n - 1) messages per operation, or fewer when several come at
//! once, two more if the asked node does not lead, and a heartbeat to each other node every 50 ms, with
//! its answer. An operation takes a round trip for its commit, and one more to the leader. The leader
//! sends a follower what is new at once, or 10 ms after the message before while an answer is still to
//! come. What is not answered is sent again every 50 ms, and a request to the leader every 200 ms.
//! Each operation, reads among them, is an entry that is synced to disk once on each node; an election
//! syncs once or twice. When the leader is lost, there is a new one two round trips after the first
//! election timeout, of 0.3 to 0.6 s where round trips are short, unless the votes are split.
//!
//! What it does not promise: to answer in time where a round trip takes longer than 0.2 s; that the
//! same request of a client, sent again by the client, is done once. A message carries at most 100
//! entries, but a snapshot is one message, as large as the registers are. The set of nodes is fixed; one that is alone
//! elects itself again and again. Without `MAEL_STORAGE` a process keeps in memory what it must not
//! forget, which it says on stderr; then it must not be killed.

mod raft;
mod store;
mod timing;

use std::future::IntoFuture;
use std::pin::pin;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mael::prelude::*;
use mael::time::{self, Duration, Instant};
use mael::{Result, Snapshot};

use raft::{Ballot, Entry, Position};
use store::{Command, Registers};
use timing::RoundTrip;

/// How long a client's request is tried: its client gives up after a second.
const PATIENCE: Duration = Duration::from_millis(850);

/// How long to wait for there to be a leader before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// How long to wait for the leader's answer before asking it again.
const AGAIN: Duration = Duration::from_millis(200);

/// A node that keeps registers together with the others.
#[node(deadline_ms = 900, rpc_timeout_ms = 900)]
pub struct LinKv {
    id: NodeId,
    peers: Peers<LinKv>,
    ids: Ids,
    ballot: Stored<Ballot>,
    machine: StoredMachine<Registers>,
    /// The leader of the current term, if it is known.
    leader: RefCell<Option<NodeId>>,
    /// The votes in the last election that this node has stood for.
    votes: Quorum<bool>,
    /// Of a leader: the log of each node is like its own up to this index.
    matched: Quorum<usize>,
    /// Of a leader: when it made the last call that was answered.
    heard: Quorum<Instant>,
    /// How long another node takes to answer.
    round_trip: RoundTrip,
    /// When a leader was heard of last.
    last_contact: Cell<Instant>,
    /// When to stand for election; a leader resigns then.
    election: Cell<Instant>,
    /// That the leader, the log, or what is committed is another.
    changed: Notify,
}

#[handlers]
impl LinKv {
    /// The value of a key.
    #[handler(reply = "value")]
    async fn read(&self, key: u64) -> Result<Option<i64>> {
        self.submit(Command::Read { key }).await
    }

    /// Sets a key.
    #[handler]
    async fn write(&self, key: u64, value: i64) -> Result<()> {
        self.submit(Command::Write { key, value }).await.map(drop)
    }

    /// Sets a key to `to` if it is `from`.
    #[handler]
    async fn cas(&self, key: u64, from: i64, to: i64) -> Result<()> {
        self.submit(Command::Cas { key, from, to }).await.map(drop)
    }

    /// What a node asks the leader to do for its client, once: a request that is in the log already,
    /// behind the entry that was committed before it was made, is not put there again.
    #[handler(reply = "value")]
    async fn propose(&self, id: String, after: usize, command: Command) -> Result<Option<i64>> {
        let term = self.term();
        if !self.leads(term) {
            return Err(Error::crash("this node does not lead"));
        }
        let index = match self.machine.find_after(after, |entry| entry.id == id)? {
            Some(index) => index,
            None => self.append(term, id, command)?,
        };
        let outcome = self.changed.wait_for(|| match self.leads(term) {
            true => self.machine.outcome(index),
            false => Some(Err(Error::crash("the leader changed before it was done"))),
        });
        outcome.await
    }

    /// RequestVote: whether this node votes for the candidate, whose last entry is at `last`.
    #[handler(reply("term", "granted"))]
    fn request_vote(&self, term: u64, #[src] from: NodeId, last: Position) -> Result<(u64, bool)> {
        self.observe(term, None)?;
        let ballot = self.ballot.get();
        let is_free = ballot.voted_for.is_none_or(|other| other == from);
        let granted = term == ballot.term && is_free && last >= self.last();
        if granted {
            self.vote(term, Some(from))?;
            self.follow(None);
        }
        Ok((ballot.term, granted))
    }

    /// PreVote: whether this node would vote for the candidate, if it stood in this term. It would not
    /// while it hears of a leader.
    #[handler(reply("term", "granted"))]
    fn pre_vote(&self, term: u64, last: Position) -> (u64, bool) {
        let silence = time::now() - self.last_contact.get();
        let has_leader =
            self.leader.borrow().is_some() && silence < self.round_trip.election_timeout();
        let granted = term > self.term() && self.last() <= last && !has_leader;
        (self.term(), granted)
    }

    /// AppendEntries: up to which index the log here is certainly like the leader's. If it lacks the
    /// entry at `previous`, that is as far as both are committed.
    #[handler(reply("term", "matched"))]
    fn append_entries(
        &self,
        term: u64,
        #[src] leader: NodeId,
        previous: Position,
        entries: Vec<Entry>,
        committed: usize,
    ) -> Result<(u64, usize)> {
        if !self.observe(term, Some(leader))? || self.position(previous.1) != Some(previous) {
            return Ok((self.term(), self.machine.applied()));
        }
        let matched = previous.1 + entries.len();
        self.machine.overwrite(previous.1, entries)?;
        self.machine.apply_up_to(matched.min(committed))?;
        Ok((term, matched))
    }

    /// InstallSnapshot: the same for a node whose log ends before the leader's begins (section 7).
    #[handler(reply("term", "matched"))]
    fn install_snapshot(
        &self,
        term: u64,
        #[src] leader: NodeId,
        snapshot: Snapshot<Registers>,
    ) -> Result<(u64, usize)> {
        if self.observe(term, Some(leader))? {
            self.machine.install(snapshot)?;
        }
        Ok((self.term(), self.machine.applied()))
    }

    /// Waits for a leader.
    #[init]
    fn start(&self) {
        self.follow(None);
    }

    /// Stands for election when no leader has been heard of for long, or, if this node leads, when
    /// most nodes have not.
    #[every(ms = 1)]
    async fn stand(&self) -> Result<()> {
        while time::now() < self.election.get() {
            time::sleep_until(self.election.get()).await;
        }
        self.campaign().await
    }
}

impl LinKv {
    /// Has the leader do what a client asks, whoever that is. The request may be sent several times,
    /// and is done once.
    async fn submit(&self, command: Command) -> Result<Option<i64>> {
        let (id, after) = (self.ids.next(), self.machine.applied());
        let deadline = time::now() + PATIENCE;
        let mut failure = Error::temporarily_unavailable("there is no leader");
        let known = || self.leader.borrow().clone();
        while let Ok(leader) = time::timeout_at(deadline, self.changed.wait_for(known)).await {
            let outcome = match leader == self.id {
                true => self.propose(id.clone(), after, command).await,
                false => self.ask(&leader, &id, after, command).await,
            };
            match outcome {
                Err(error) if !error.code.is_definite() => failure = error,
                settled => return settled,
            }
            if time::now() >= deadline {
                break;
            }
            time::sleep(PAUSE).await;
        }
        Err(failure)
    }

    /// Asks another node, which leads, and again every 0.2 s, until it answers or another one leads. Any
    /// answer counts, however late: a round trip may take longer than this.
    async fn ask(
        &self,
        leader: &NodeId,
        id: &str,
        after: usize,
        command: Command,
    ) -> Result<Option<i64>> {
        let mut answers = FuturesUnordered::new();
        let peer = self.peers.get(leader.clone());
        loop {
            let call = peer.propose(id.to_owned(), after, command);
            answers.push(call.into_future());
            let is_other = || (self.leader.borrow().as_ref() != Some(leader)).then_some(());
            let other = time::timeout_at(time::now() + AGAIN, self.changed.wait_for(is_other));
            match select(answers.next(), pin!(other)).await {
                Either::Left((answer, _)) => return answer.expect("one is awaited"),
                Either::Right((Ok(()), _)) => {
                    return Err(Error::crash("the leader changed before it answered"));
                }
                Either::Right((Err(_), _)) => {}
            }
        }
    }
}
