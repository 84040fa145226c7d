//! Replication (section 5.3), commitment (section 5.4) and confirmed reads (section 8).

use futures_util::stream::{FuturesUnordered, StreamExt};
use mael::time::{self, Duration, Instant};
use mael::{Error, ErrorCode, NodeId};

use super::election::ELECTION_TIMEOUT;
use super::log::Entry;
use super::store::{Outcome, Request, Taken};
use super::{LinKv, LinKvClient, Role};

/// How long a leader is silent at most.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// What the leader knows of another node.
pub(super) struct Follower {
    /// The entries up to this index have been sent. Optimistic: it goes back when they are refused.
    sent: usize,
    /// The entries up to this index are stored there as they are here.
    matched: usize,
    /// When it was called last.
    called: Instant,
    /// When the newest call was made that it has answered.
    confirmed: Instant,
}

impl LinKv {
    /// Whether this node is the leader of this term, which is the current one.
    pub(super) fn leads(&self, term: u64) -> bool {
        self.term() == term && matches!(*self.role.borrow(), Role::Leader(_))
    }

    /// Becomes the leader. An entry of its own term is what lets it commit those before.
    pub(super) fn begin_leading(&self, term: u64) -> mael::Result<()> {
        let sent = self.log.borrow().last().index;
        self.append(term, None)?;
        self.taken.replace(Taken::in_term(term));
        let now = time::now();
        let follower = || Follower {
            sent,
            matched: 0,
            called: now,
            confirmed: now,
        };
        let followers = self
            .peers
            .iter()
            .map(|peer| (peer.id().clone(), follower()));
        self.role.replace(Role::Leader(followers.collect()));
        self.commit_stored();
        Ok(())
    }

    /// Sends what there is to send, for as long as this node leads. It gives up when most nodes
    /// have not answered for so long that they may have elected another.
    pub(super) async fn lead(&self, term: u64) -> mael::Result<()> {
        let mut calls = FuturesUnordered::new();
        while self.leads(term) {
            if !self.is_confirmed(|confirmed| time::now() - confirmed < 2 * ELECTION_TIMEOUT) {
                self.follow(None);
                break;
            }
            calls.extend(self.peers.iter().filter_map(|peer| self.call(term, peer)));
            tokio::select! {
                biased;
                Some(answered) = calls.next() => answered?,
                () = self.work.notified() => {}
                () = time::sleep(HEARTBEAT) => {}
            }
        }
        self.postpone_election();
        Ok(())
    }

    /// Has the request put into the log, and waits for what comes of it.
    pub(super) async fn replicate(&self, term: u64, request: Request) -> Outcome {
        if !self.leads(term) {
            return Err(match self.taken.borrow().never(term, &request) {
                true => deposed(term),
                false => {
                    Error::crash("the leader may have taken the request before it was deposed")
                }
            });
        }
        if self.store.borrow().outcome(&request).is_none() {
            self.taken.borrow_mut().add(&request);
            self.append(term, Some(request.clone()))?;
            self.commit_stored();
            self.work.notify_one();
        }
        loop {
            if let Some(outcome) = self.store.borrow().outcome(&request) {
                return outcome;
            }
            if !self.leads(term) {
                return Err(Error::crash(
                    "the leader changed while the request was replicated",
                ));
            }
            self.progress.notified().await;
        }
    }

    /// Waits until the registers here show all that was committed before now: most nodes have
    /// answered a call that was sent after now, so that there was no newer leader then; and an
    /// entry of this leader's own term is committed, hence all that its predecessors committed.
    pub(super) async fn confirm(&self, term: u64) -> mael::Result<()> {
        let now = time::now();
        self.read_at.set(now);
        self.work.notify_one();
        while self.leads(term) {
            let committed = self.log.borrow().position(self.committed.get());
            if committed.is_some_and(|last| last.term == term)
                && self.is_confirmed(|confirmed| confirmed >= now)
            {
                return Ok(());
            }
            self.progress.notified().await;
        }
        Err(deposed(term))
    }

    /// Calls a node, if there are entries, a read or a heartbeat to be sent.
    fn call(&self, term: u64, peer: LinKvClient) -> Option<impl Future<Output = mael::Result<()>>> {
        let Role::Leader(followers) = &mut *self.role.borrow_mut() else {
            return None;
        };
        let (log, now) = (self.log.borrow(), time::now());
        let follower = followers.get_mut(peer.id())?;
        let is_due = follower.sent < log.last().index
            || follower.called < self.read_at.get()
            || now - follower.called >= HEARTBEAT;
        let previous = log.position(follower.sent).filter(|_| is_due)?;
        let entries = log.batch_after(follower.sent).to_vec();
        follower.sent += entries.len();
        follower.called = now;
        let call = peer.append_entries(term, previous, entries, self.committed.get());
        Some(async move {
            match call.await {
                Ok(answer) => self.learn(term, peer.id(), now, answer),
                Err(_) => Ok(()), // The next call finds out what is there.
            }
        })
    }

    /// Learns from the answer to a call that was made at `called`: up to which index the log there
    /// is like this one, or from which index on this one should be sent again.
    fn learn(
        &self,
        term: u64,
        from: &NodeId,
        called: Instant,
        (their_term, success, index): (u64, bool, usize),
    ) -> mael::Result<()> {
        self.observe(their_term)?;
        if !self.leads(term) {
            return Ok(());
        }
        if let Role::Leader(followers) = &mut *self.role.borrow_mut()
            && let Some(follower) = followers.get_mut(from)
        {
            let index = index.min(self.log.borrow().last().index);
            follower.confirmed = follower.confirmed.max(called);
            if success {
                follower.matched = follower.matched.max(index);
                follower.sent = follower.sent.max(follower.matched);
            } else {
                follower.sent = follower.matched.max(index);
            }
        }
        self.commit_stored();
        self.progress.notify_waiters();
        Ok(())
    }

    /// Commits what most nodes have stored, if the last of it is of this leader's own term; what is
    /// older is committed with it, and never by itself (section 5.4.2, figure 8).
    fn commit_stored(&self) {
        let last = self.log.borrow().last();
        let stored = self.by_most(last.index, |follower| follower.matched);
        let stored = stored.and_then(|index| self.log.borrow().position(index));
        if let Some(stored) = stored.filter(|stored| stored.term == self.term()) {
            self.commit(stored.index);
        }
    }

    /// Applies the entries up to this index.
    pub(super) fn commit(&self, index: usize) {
        let committed = self.committed.get();
        for entry in self.log.borrow().between(committed, index) {
            if let Some(request) = &entry.request {
                self.store.borrow_mut().apply(request);
            }
        }
        self.committed.set(committed.max(index));
        self.progress.notify_waiters();
    }

    /// Whether the time of the newest answered call is as it should be, for most nodes.
    fn is_confirmed(&self, holds: impl Fn(Instant) -> bool) -> bool {
        let confirmed = self.by_most(time::now(), |follower| follower.confirmed);
        confirmed.is_some_and(holds)
    }

    /// The largest value that most nodes reach, this one with `own`; None if it does not lead.
    fn by_most<T: Ord>(&self, own: T, of: impl Fn(&Follower) -> T) -> Option<T> {
        let Role::Leader(followers) = &*self.role.borrow() else {
            return None;
        };
        let mut values: Vec<T> = followers.values().map(of).chain([own]).collect();
        values.sort_unstable();
        Some(values.swap_remove((values.len() - 1) / 2))
    }

    fn append(&self, term: u64, request: Option<Request>) -> mael::Result<()> {
        let mut log = self.log.borrow_mut();
        log.append(&self.storage, Entry { term, request })
    }
}

fn deposed(term: u64) -> Error {
    let text = format!("this node does not lead in term {term}");
    Error::new(ErrorCode::TemporarilyUnavailable, text)
}
