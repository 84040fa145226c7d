//! placeholder

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
use store::{Command, Outcome, Request, Store};

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
    /// that term and never will again, so that a copy of the message that comes later is refused too.
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
