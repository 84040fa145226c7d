//! A linearizable key-value store over its own Raft, without a service underneath.
//!
//! How it works: Raft as in Ongaro & Ousterhout, "In Search of an Understandable Consensus
//! Algorithm" (extended version, 2014); the sections named in the code are those of this paper, and
//! figure 2 is the whole of it on one page. The nodes elect a leader for a term. It puts each write
//! and compare-and-set into its log, copies the log to the others, and applies an entry to the
//! registers once most nodes have stored it. Any node may be asked: it has the leader do it, and
//! tries again, the next leader too, for 0.85 s, since clients give up after 1 s.
//!
//! | file | what is in it |
//! |---|---|
//! | `mod` | the node: what clients ask, what nodes call, and the way to the leader |
//! | `election` | terms, votes, timers |
//! | `replication` | the leader's work: copying, committing, confirming reads |
//! | `log` | entries, in memory and in storage |
//! | `store` | registers, and what has been answered |
//!
//! Why it is right:
//!
//! - There is one leader in a term, because a node votes once in it; a leader's log has all that
//!   is committed, because nobody votes for a log behind its own (section 5.4.1); and a leader
//!   commits only by an entry of its own term (section 5.4.2).
//! - What must survive a kill is stored before it is acted on: term and vote in one record, the log
//!   as a list of changes. The registers are made again from the log.
//! - A read is answered from the leader's registers, after an entry of its term is committed and
//!   most nodes have answered a call that it made after the read came (section 8). No clock but its
//!   own is relied on, and that only for the order of its own acts.
//! - A request has an id and is applied once, however often it was sent, doubled by the network, or
//!   entered into the log. Ids begin with the number of the node's start, which is stored.
//! - The client is told that nothing was done (error 11) only if no leader has taken the request.
//!   One that refuses has led in the term that the request names, and will not again, so that a
//!   later copy of the request is refused too; and it knows that it took no earlier copy, or else
//!   does not refuse. In all other cases it is error 0.
//! - A leader that most nodes have not answered for 0.6 s gives up, so that clients on the smaller
//!   side of a partition are soon told so, and its log does not grow for nothing.
//!
//! What it costs: for n nodes 2 (n - 1) messages per operation, or fewer when several come at
//! once, two more if the asked node does not lead, and a heartbeat to each other node every 50 ms.
//! The commit of an operation takes one round trip, and one more to the leader. A write is synced
//! to disk once on each node, an election once or twice. When the leader is lost, there is a new
//! one after 0.3 to 0.6 s, unless the votes are split.
//!
//! What it does not promise: to work where a round trip takes longer than the 0.3 s of an election
//! timeout; that the same request of a client, sent again by the client, is done once; a log that is
//! compacted: log and storage grow with the number of writes, while messages do not (they carry
//! at most 100 entries). The set of nodes is fixed. Without `MAEL_STORAGE` a process keeps in
//! memory what it must not forget, which it says on stderr; then it must not be killed.

mod election;
mod log;
mod replication;
mod store;

use mael::prelude::*;
use mael::time::{self, Duration, Instant};
use tokio::sync::Notify;

use election::Ballot;
use log::{Entry, Log, Position};
use replication::Follower;
use store::{Command, Outcome, Request, Store, Taken};

/// How long a client's request is tried: its client gives up after a second.
const PATIENCE: Duration = Duration::from_millis(850);

/// How long the leader may take to answer before it is asked again, or the next one is.
const ATTEMPT: Duration = Duration::from_millis(400);

/// How long to wait for there to be a leader before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// A node that keeps registers together with the others.
#[node(deadline_ms = 900)]
pub struct LinKv {
    id: NodeId,
    peers: Peers<LinKv>,
    storage: Storage,
    /// Stored: see [`Ballot`] and [`Log`].
    ballot: RefCell<Ballot>,
    log: RefCell<Log>,
    /// How many entries of the log are committed, and applied to the registers.
    committed: Cell<usize>,
    store: RefCell<Store>,
    taken: RefCell<Taken>,
    role: RefCell<Role>,
    /// When to stand for election, unless this node leads.
    election: Cell<Instant>,
    /// When a read was asked for last, which needs a call that is made later.
    read_at: Cell<Instant>,
    /// That the leader may have something to send.
    work: Notify,
    /// That something was committed or confirmed, or that this node leads no more.
    progress: Notify,
    /// Which start of this node it is, and how many requests it has made since.
    start: Cell<u64>,
    requests: Cell<u64>,
}

/// What a node is in its current term.
enum Role {
    Follower { leader: Option<NodeId> },
    Candidate,
    Leader(BTreeMap<NodeId, Follower>),
}

impl Default for Role {
    fn default() -> Self {
        Self::Follower { leader: None }
    }
}

#[handlers]
impl LinKv {
    /// The value of a key.
    #[handler(reply = "value")]
    async fn read(&self, key: u64) -> mael::Result<Option<i64>> {
        self.submit(Command::Read { key }).await
    }

    /// Sets a key.
    #[handler]
    async fn write(&self, key: u64, value: i64) -> mael::Result<()> {
        self.submit(Command::Write { key, value }).await.map(drop)
    }

    /// Sets a key to `to` if it is `from`.
    #[handler]
    async fn cas(&self, key: u64, from: i64, to: i64) -> mael::Result<()> {
        self.submit(Command::Cas { key, from, to }).await.map(drop)
    }

    /// What a node asks the leader of this term to do for its client. A node that refuses has led in
    /// that term and never will again, so that a copy of the message that comes later is refused too,
    /// and none has come before.
    #[handler(reply = "value")]
    async fn propose(&self, term: u64, request: Request) -> mael::Result<Option<i64>> {
        match request.command {
            Command::Read { .. } => {
                self.confirm(term).await?;
                self.store.borrow_mut().execute(&request.command)
            }
            _ => self.replicate(term, request).await,
        }
    }

    /// RequestVote: whether this node votes for the candidate, whose last entry is at `last`.
    #[handler(reply("term", "granted"))]
    fn request_vote(
        &self,
        term: u64,
        #[src] candidate: NodeId,
        last: Position,
    ) -> mael::Result<(u64, bool)> {
        self.observe(term)?;
        let Ballot {
            term: now,
            voted_for,
        } = self.ballot.borrow().clone();
        let granted = term == now
            && voted_for.is_none_or(|other| other == candidate)
            && last >= self.log.borrow().last();
        if granted {
            self.cast(term, Some(candidate))?;
            self.postpone_election();
        }
        Ok((now, granted))
    }

    /// AppendEntries: whether the log here is now like the leader's, and up to which index; if not,
    /// from which index on it should be sent again.
    #[handler(reply("term", "success", "index"))]
    fn append_entries(
        &self,
        term: u64,
        #[src] leader: NodeId,
        previous: Position,
        entries: Vec<Entry>,
        committed: usize,
    ) -> mael::Result<(u64, bool, usize)> {
        self.observe(term)?;
        if term < self.term() {
            return Ok((self.term(), false, 0));
        }
        self.follow(Some(leader));
        self.postpone_election();
        let mut log = self.log.borrow_mut();
        if log.position(previous.index) != Some(previous) {
            return Ok((term, false, log.back_from(previous)));
        }
        let matched = previous.index + entries.len();
        log.accept(&self.storage, previous.index, entries)?;
        drop(log);
        self.commit(matched.min(committed));
        Ok((term, true, matched))
    }

    /// Takes from storage what must outlive this node.
    #[init]
    fn recover(&self) -> mael::Result<()> {
        let start = self.storage.read::<u64>("start")?.unwrap_or(0) + 1;
        self.storage.replace("start", &start)?;
        self.start.set(start);
        self.log.replace(Log::read(&self.storage)?);
        self.recover_ballot()
    }

    /// What the node does by itself, in the role that it has.
    #[every(ms = 1)]
    async fn live(&self) -> mael::Result<()> {
        let leads = matches!(*self.role.borrow(), Role::Leader(_));
        if leads {
            return self.lead(self.term()).await;
        }
        self.wait_for_election().await;
        self.campaign().await
    }
}

impl LinKv {
    /// Has the leader do what a client asks, whoever that is. The request may be sent several times,
    /// and is done once.
    async fn submit(&self, command: Command) -> Outcome {
        let request = self.request(command);
        let untouched = Cell::new(true);
        let tried = time::timeout(PATIENCE, self.try_leaders(request, &untouched)).await;
        tried.unwrap_or_else(|time::Elapsed| match untouched.get() {
            true => Err(Error::new(
                ErrorCode::TemporarilyUnavailable,
                "there is no leader",
            )),
            false => Err(Error::timeout("no leader has answered in time")),
        })
    }

    /// Asks one leader after the other. `untouched` tells whether no attempt may have had an effect.
    async fn try_leaders(&self, request: Request, untouched: &Cell<bool>) -> Outcome {
        loop {
            let term = self.term();
            if let Some(leader) = self.leader() {
                let was_untouched = untouched.replace(false);
                let outcome = match leader == self.id {
                    true => self.propose(term, request.clone()).await,
                    false => {
                        let leader = self.peers.get(leader);
                        leader.propose(term, request.clone()).timeout(ATTEMPT).await
                    }
                };
                match outcome {
                    Err(error) if error.code == ErrorCode::TemporarilyUnavailable => {
                        untouched.set(was_untouched);
                    }
                    Err(error) if !error.code.is_definite() => {}
                    settled => return settled,
                }
            }
            time::sleep(PAUSE).await;
        }
    }

    /// The leader of this term, if it is known.
    fn leader(&self) -> Option<NodeId> {
        match &*self.role.borrow() {
            Role::Follower { leader } => leader.clone(),
            Role::Candidate => None,
            Role::Leader(_) => Some(self.id.clone()),
        }
    }

    /// A command under an id that no other request of any node has.
    fn request(&self, command: Command) -> Request {
        self.requests.set(self.requests.get() + 1);
        Request {
            origin: self.id.clone(),
            number: (self.start.get(), self.requests.get()),
            command,
        }
    }
}
