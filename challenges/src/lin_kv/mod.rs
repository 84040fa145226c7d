//! A linearizable key-value store over its own Raft, without a service underneath.
//!
//! How it works: Raft as in Ongaro & Ousterhout, "In Search of an Understandable Consensus
//! Algorithm" (extended version, 2014); sections in comments are those of this paper. The nodes
//! elect a leader for a term. The leader appends each operation to its log, including reads,
//! replicates the log to the followers, and applies an entry to the registers once a majority has
//! stored it. Clients can send requests to any node, which forwards them to the leader.
//!
//! Figure 2 of the paper summarizes the algorithm. Its parts are implemented here:
//!
//! | figure 2 | where |
//! |---|---|
//! | State | the fields of [`LinKv`]; `log` (`commitIndex`), `replication` (`nextIndex[]`) |
//! | RequestVote, AppendEntries, InstallSnapshot (figure 13): receivers | the handlers of [`LinKv`] |
//! | Rules for servers: all servers, followers, candidates | `election` |
//! | Rules for servers: leaders | `replication` |
//! | Client interaction (section 8) | `client` |
//! | The state machine | `store` |
//!
//! `timing` has the timeouts, which figure 2 leaves open (section 5.6).
//!
//! Cost: with n nodes, 2 (n - 1) messages per operation, or fewer when several arrive at once; two
//! more if the node that receives the request is not the leader; and a heartbeat to each follower
//! every 50 ms, with its reply. An operation takes one round trip to commit, and one more to the
//! leader. Each operation, including reads, is an entry that is synced to disk once on each node;
//! an election syncs once or twice. After the loss of a leader, a new leader is elected two round
//! trips after the first election timeout, of 0.3 to 0.6 s if round trips are short, unless the
//! vote is split.
//!
//! Limitations: requests may time out if a round trip takes longer than 0.2 s. A request that the
//! client itself repeats can be executed twice. A message has at most 100 entries, but a snapshot
//! is a single message with all registers. The set of nodes is fixed. Without `MAEL_STORAGE`, a
//! process keeps its persistent state in memory, and logs a warning; it must not be killed then.

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

use log::{Log, LogEntry, LogPosition, Snapshot};
use store::Command;
use timing::RoundTrip;

/// A node with a replica of the registers.
#[node(deadline_ms = 900, rpc_timeout_ms = 900)]
pub struct LinKv {
    id: NodeId,
    nodes: Nodes,
    peers: Peers<LinKv>,
    flags: Flags<Options>,

    /// Persistent on all nodes: `currentTerm` and `votedFor`.
    vote: Persistent<Vote>,
    /// Persistent on all nodes: `log[]`. Includes the state machine, and `commitIndex`, which is
    /// also `lastApplied`.
    log: Log,

    /// The leader of the current term, if it is known.
    leader: RefCell<Option<NodeId>>,
    /// When this node received the last message of a leader; on the leader, when it sent the last
    /// message to which a majority has replied.
    last_contact: Cell<Instant>,
    /// When the election timeout elapses. A leader steps down then.
    election_deadline: Cell<Instant>,

    /// Volatile on leaders: `matchIndex[]`, including this node.
    match_index: RefCell<BTreeMap<NodeId, usize>>,
    /// Volatile on leaders: for each node, when the last message was sent to which it has replied.
    answered: RefCell<BTreeMap<NodeId, Instant>>,

    round_trip: RoundTrip,
    /// Notified when the leader, the log or the commit index changes.
    changed: Notify,

    /// Random bits that make the request IDs of this start of the node unique.
    nonce: Cell<u64>,
    /// The number of requests since this node started.
    requests: Cell<u64>,
}

/// The persistent state of elections. It is stored in one write before the node acts on it, so that
/// the node never votes twice in a term, also after a restart.
#[mael::message]
#[derive(Clone, Default)]
struct Vote {
    current_term: u64,
    voted_for: Option<NodeId>,
}

/// A linearizable key-value store on Raft.
#[derive(clap::Parser)]
pub struct Options {
    /// Applied entries between two snapshots of the registers
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

    /// Executes a client's command that another node forwards. `after` is an index up to which that
    /// node knew all entries to be committed when it received the request.
    #[handler(reply = "value")]
    async fn propose(&self, id: String, after: usize, command: Command) -> Result<Option<i64>> {
        self.execute(id, after, command).await
    }

    /// RequestVote. `last_log` is the position of the candidate's last entry.
    #[handler(reply("term", "vote_granted"))]
    fn request_vote(
        &self,
        term: u64,
        #[src] candidate: NodeId,
        last_log: LogPosition,
    ) -> Result<(u64, bool)> {
        self.observe_term(term)?;
        let vote = self.vote.get();
        // Rule 1: reply false if term < currentTerm. Rule 2: if votedFor is null or the candidate,
        // and the candidate's log is at least as up-to-date as this one, grant the vote. So there
        // is at most one leader in a term, since a node votes only once in it, and a leader's log
        // has all committed entries (section 5.4.1).
        let is_free = vote.voted_for.is_none_or(|other| other == candidate);
        let is_up_to_date = last_log >= self.log.last();
        let vote_granted = term == vote.current_term && is_free && is_up_to_date;
        if vote_granted {
            self.set_vote(term, Some(candidate))?;
            self.set_leader(None);
        }
        Ok((vote.current_term, vote_granted))
    }

    /// PreVote (section 9.6 of Ongaro's thesis): returns whether this node would vote for the
    /// sender in an election of this term. The reply is not binding.
    #[handler(reply("term", "vote_granted"))]
    fn pre_vote(&self, term: u64, last_log: LogPosition) -> (u64, bool) {
        // While this node receives messages from a leader, it does not vote for another node.
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

    /// AppendEntries; without entries it is a heartbeat. Instead of `success`, returns the index up
    /// to which this log is known to match the leader's.
    #[handler(reply("term", "match_index"))]
    fn append_entries(
        &self,
        term: u64,
        #[src] leader: NodeId,
        prev_log: LogPosition,
        entries: Vec<LogEntry>,
        leader_commit: usize,
    ) -> Result<(u64, usize)> {
        // Rule 1: reject if term < currentTerm. Rule 2: reject if the log has no entry at
        // prevLogIndex with the term prevLogTerm. The leader's log has all entries that are
        // committed here, so after a rejection the leader continues after these, without a search
        // for the last matching entry.
        if !self.observe_leader(term, leader)? || !self.log.contains(prev_log) {
            return Ok((self.current_term(), self.log.commit_index()));
        }
        let match_index = prev_log.index + entries.len();
        self.log.overwrite(prev_log.index, entries)?;
        // Rule 5: if leaderCommit > commitIndex, set commitIndex to the smaller of leaderCommit and
        // the index of the last new entry. Later entries of this log may not match the leader's.
        self.commit_up_to(leader_commit.min(match_index))?;
        Ok((term, match_index))
    }

    /// InstallSnapshot (figure 13): replaces entries that the leader has discarded.
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

    /// Starts as a follower.
    #[init]
    fn start(&self) {
        self.nonce.set(mael::random::u64());
        self.set_leader(None);
    }

    /// Starts an election whenever the election timeout elapses, and leads after a win.
    #[task]
    async fn run_elections(&self) {
        loop {
            self.election_timeout_elapses().await;
            // Storing a vote or an entry failed; the next election is after another timeout.
            if let Err(error) = self.campaign().await {
                mael::log::warn!("election failed: {error}");
            }
        }
    }
}
