//! DOC

mod raft;
mod store;

use mael::prelude::*;
use mael::time::{self, Duration, Instant};
use mael::{Result, Snapshot};

use raft::{Ballot, Entry, Position};
use store::{Command, Registers};

/// How long a client's request is tried: its client gives up after a second.
const PATIENCE: Duration = Duration::from_millis(850);

/// How long the leader may take to answer before it is asked again, or the next one is.
const ATTEMPT: Duration = Duration::from_millis(400);

/// How long to wait for there to be a leader before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// A node that keeps registers together with the others.
#[node(deadline_ms = 900, rpc_timeout_ms = 200)]
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
    /// When to stand for election, unless this node leads.
    election: Cell<Instant>,
    /// That the leader, the log, or what is committed is another.
    changed: Signal,
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
        let outcome = self.changed.until(|| match self.leads(term) {
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
        while time::now() < deadline {
            let leader = self.leader.borrow().clone();
            if let Some(leader) = leader {
                let call = self.peers.get(leader).propose(id.clone(), after, command);
                match call.timeout(ATTEMPT).await {
                    Err(error) if !error.code.is_definite() => failure = error,
                    settled => return settled,
                }
            }
            time::sleep(PAUSE).await;
        }
        Err(failure)
    }
}
