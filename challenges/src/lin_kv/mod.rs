//! A linearizable key-value store over its own Raft, without a service underneath.
//!
//! How it works: Raft as in Ongaro & Ousterhout, "In Search of an Understandable Consensus
//! Algorithm" (extended version, 2014); sections in comments are those of this paper. The nodes elect
//! a leader for a term. It appends each operation to its log, reads too, replicates the log to the
//! followers, and applies an entry to the registers once a majority has stored it. Clients may ask any
//! node: it forwards their requests to the leader.
//!
//! The paper's figure 2 is the algorithm on one page. Its boxes are here:
//!
//! | figure 2 | where |
//! |---|---|
//! | State | the fields of [`LinKv`]; `log`, which has the commit index; `replication`, which has `nextIndex[]` |
//! | RequestVote, AppendEntries: receivers; InstallSnapshot (figure 13) | the handlers of [`LinKv`] |
//! | Rules for servers: all servers, followers, candidates | `election` |
//! | Rules for servers: leaders | `replication` |
//! | Client interaction (section 8) | `client` |
//! | The state machine | `store` |
//!
//! `timing` has the timeouts, which figure 2 leaves open (section 5.6).
//!
//! What it costs: for n nodes 2 (n - 1) messages per operation, or fewer when several arrive at
//! once, two more if the node that was asked does not lead, and a heartbeat to each follower every
//! 50 ms, with its answer. An operation takes a round trip for its commit, and one more to the leader.
//! Each operation, reads among them, is an entry that is synced to disk once on each node; an election
//! syncs once or twice. After the loss of a leader there is a new one two round trips after the first
//! election timeout, of 0.3 to 0.6 s where round trips are short, unless the votes are split.
//!
//! What it does not promise: to answer in time where a round trip takes longer than 0.2 s; that a
//! request which the client itself repeats is done once. A message has at most 100 entries, but a
//! snapshot is one message, as large as the registers are. The set of nodes is fixed. Without
//! `MAEL_STORAGE` a process keeps in memory what it must not forget, and warns about it on stderr; then
//! it must not be killed.

mod client;
mod election;
mod log;
mod replication;
mod store;
mod timing;

use mael::Result;
use mael::clap;
use mael::prelude::*;
use mael::time::{self, Instant};

use election::Vote;
use log::{Log, LogEntry, LogPosition, Snapshot};
use store::Command;
use timing::RoundTrip;

/// A node that keeps registers together with the others.
#[node(deadline_ms = 900, rpc_timeout_ms = 900)]
pub struct LinKv {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<LinKv>,
    flags: Flags<Options>,

    /// Persistent on all nodes: `currentTerm` and `votedFor`.
    vote: Persistent<Vote>,
    /// Persistent on all nodes: `log[]`. With it `commitIndex` and `lastApplied`, which are one here,
    /// and the state machine.
    log: Log,

    /// The leader of the current term, if it is known.
    leader: RefCell<Option<NodeId>>,
    /// When this node received the last message of a leader or, leading itself, when it sent the last
    /// one that a majority has answered.
    last_contact: Cell<Instant>,
    /// When the election timeout elapses; a leader steps down then.
    election_deadline: Cell<Instant>,

    /// Volatile on leaders: `matchIndex[]`, this node included.
    match_index: RefCell<BTreeMap<NodeId, usize>>,
    /// Volatile on leaders: when the last message was sent that the node has answered.
    answered: RefCell<BTreeMap<NodeId, Instant>>,

    round_trip: RoundTrip,
    /// The leader, the log or the commit index has changed.
    changed: Notify,

    /// Random bits that tell this start of the node from others in the ids of its requests.
    nonce: Cell<u64>,
    /// How many requests it has made since its start.
    requests: Cell<u64>,
}

/// A linearizable key-value store on Raft.
#[derive(clap::Parser)]
pub struct Options {
    /// Applied entries between two snapshots of the registers.
    #[arg(long, default_value_t = 1000)]
    snapshot_interval: usize,
}

#[handlers]
impl LinKv {
    /// Returns the value of a key.
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

    /// A client's command, forwarded to the leader by the node that the client asked. `after` is an
    /// index up to which that node knew all entries to be committed when it made the request.
    #[handler(reply = "value")]
    async fn propose(&self, id: String, after: usize, command: Command) -> Result<Option<i64>> {
        self.perform(id, after, command).await
    }

    /// RequestVote. The candidate's last entry is at `last_log`.
    #[handler(reply("term", "vote_granted"))]
    fn request_vote(
        &self,
        term: u64,
        #[src] candidate: NodeId,
        last_log: LogPosition,
    ) -> Result<(u64, bool)> {
        self.observe_term(term)?;
        let vote = self.vote.get();
        // 1. Reply false if term < currentTerm. 2. If votedFor is null or the candidate, and its log
        // is at least as up-to-date as this one, grant the vote. So there is one leader in a term, as
        // a node votes once in it; and a leader's log has all that is committed (section 5.4.1).
        let is_free = vote.voted_for.is_none_or(|other| other == candidate);
        let is_up_to_date = last_log >= self.log.last();
        let vote_granted = term == vote.current_term && is_free && is_up_to_date;
        if vote_granted {
            self.set_vote(term, Some(candidate))?;
            self.set_leader(None);
        }
        Ok((vote.current_term, vote_granted))
    }

    /// PreVote (section 9.6 of Ongaro's thesis): whether this node would vote for the sender, if it
    /// stood for election in this term. Such votes bind nobody, and decide nothing.
    #[handler(reply("term", "vote_granted"))]
    fn pre_vote(&self, term: u64, last_log: LogPosition) -> (u64, bool) {
        // A node that receives messages of a leader deposes nobody.
        let silence = time::now() - self.last_contact.get();
        let has_leader =
            self.leader.borrow().is_some() && silence < self.round_trip.election_timeout();
        let is_up_to_date = last_log >= self.log.last();
        let current_term = self.current_term();
        (
            current_term,
            term > current_term && is_up_to_date && !has_leader,
        )
    }

    /// AppendEntries, and heartbeats, whose entries are none. Returns in place of `success` up to
    /// which index this log is known to match the leader's.
    #[handler(reply("term", "match_index"))]
    fn append_entries(
        &self,
        term: u64,
        #[src] leader: NodeId,
        prev_log: LogPosition,
        entries: Vec<LogEntry>,
        leader_commit: usize,
    ) -> Result<(u64, usize)> {
        // 1. Refuse if term < currentTerm. 2. Refuse if the log has no entry at prevLogIndex whose term
        // is prevLogTerm. What is committed here is in the leader's log too, so a leader that is
        // refused goes on from there; it needs no search for the last entry that matches.
        if !self.observe_leader(term, leader)? || !self.log.contains(prev_log) {
            return Ok((self.current_term(), self.log.commit_index()));
        }
        let match_index = prev_log.index + entries.len();
        self.log.overwrite(prev_log.index, entries)?;
        // 5. If leaderCommit > commitIndex, set commitIndex to the smaller of leaderCommit and the
        // index of the last new entry: what follows that one here has not been compared.
        self.commit_up_to(leader_commit.min(match_index))?;
        Ok((term, match_index))
    }

    /// InstallSnapshot (figure 13), in place of entries that the leader has discarded.
    #[handler(reply("term", "match_index"))]
    fn install_snapshot(
        &self,
        term: u64,
        #[src] leader: NodeId,
        snapshot: Snapshot,
    ) -> Result<(u64, usize)> {
        if self.observe_leader(term, leader)? {
            self.log.install(snapshot)?;
        }
        Ok((self.current_term(), self.log.commit_index()))
    }

    /// Begins as a follower.
    #[init]
    fn start(&self) {
        self.nonce.set(mael::random::u64());
        self.set_leader(None);
    }

    /// Stands for election whenever the election timeout elapses, and leads if it wins.
    #[task]
    async fn stand(&self) {
        loop {
            self.election_timeout_elapses().await;
            // It has failed to store a vote or an entry, and stands again after another timeout.
            if let Err(error) = self.campaign().await {
                mael::log::warn!("the election failed: {error}");
            }
        }
    }
}
