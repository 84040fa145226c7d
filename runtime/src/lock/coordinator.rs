//! The task that acquires a lock for the callers of one node, runs them in turn, and commits.
//!
//! It runs concurrently with the callers, so that dropping a caller does not interrupt it: a
//! pending acquisition is completed, and an acquired lock is released.
//!
//! A free lock is not acquired before a caller needs it. Callers that never wait run on the last
//! known value of the register, and the commit of their changes acquires and releases the lock in
//! one compare-and-set from that register. It fails if another node has changed the register since,
//! and the callers then run again. A caller that waits continues only once the lock is acquired,
//! which takes another compare-and-set from that register.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use super::fairness::Fairness;
use super::register::{
    Available, CommitBase, CommitResult, FIRST_PAUSE, LONGEST_PAUSE, RegisterStore,
};
use crate::executor::spawn;
use crate::rpc::Backoff;
use crate::{Error, Result, time};

/// How many callers can share a commit.
const MAX_CALLERS: usize = 128;

/// Runs the callers of one lock on one node.
pub(super) struct Coordinator<T> {
    store: Rc<RegisterStore<T>>,
    waiting: RefCell<VecDeque<oneshot::Sender<Result<Grant<T>>>>>,
    /// Whether the task is running.
    running: Cell<bool>,
    fairness: RefCell<Fairness>,
    /// Back-off after commits that failed because other nodes were faster; None after a success.
    pauses: RefCell<Option<Backoff>>,
}

/// Lets a caller change the value. Dropping it discards the caller's change.
pub(super) struct Grant<T> {
    /// The value as the previous caller left it.
    pub(super) value: T,
    /// An ID of the transaction that no other transaction of the lock has.
    pub(super) transaction_id: Rc<str>,
    /// Whether the lock is acquired already.
    acquired: bool,
    events: mpsc::UnboundedSender<Event<T>>,
}

/// An event that a caller with a grant sends to the coordinator.
enum Event<T> {
    /// The caller has to wait for something, and continues once the lock is acquired.
    Waiting(oneshot::Sender<Result<bool>>),
    /// The caller has returned and leaves this value. The outcome of its commit is sent back.
    Finished(T, oneshot::Sender<CommitOutcome>),
}

/// The outcome of a commit, as its callers receive it.
#[derive(Clone)]
pub(super) enum CommitOutcome {
    Committed,
    /// Nothing was changed, because another node was faster or took over the lock. The caller must
    /// run again.
    Lost,
    /// The outcome is unknown, or running again would not help.
    Failed(Error),
}

impl<T> Grant<T> {
    /// Runs a change. Returns None if it has to wait and another node has changed the register.
    pub(super) async fn run<R>(&self, change: impl Future<Output = R>) -> Result<Option<R>> {
        let mut change = pin!(change);
        if !self.acquired {
            let polled = poll_fn(|cx| Poll::Ready(change.as_mut().poll(cx))).await;
            if let Poll::Ready(result) = polled {
                return Ok(Some(result));
            }
            let (sender, acquired) = oneshot::channel();
            // The coordinator ends only with the node.
            let _ = self.events.send(Event::Waiting(sender));
            if !acquired.await.unwrap_or_else(|_| Err(node_stopped()))? {
                return Ok(None);
            }
        }
        Ok(Some(change.await))
    }

    /// Passes the changed value to the coordinator, and waits for its commit.
    pub(super) async fn finish(self, value: T) -> CommitOutcome {
        let (sender, outcome) = oneshot::channel();
        let _ = self.events.send(Event::Finished(value, sender));
        outcome
            .await
            .unwrap_or_else(|_| CommitOutcome::Failed(node_stopped()))
    }
}

/// The changes of several callers, which are committed together.
struct GroupCommit<T> {
    base: CommitBase<T>,
    /// The value after the changes of the callers so far.
    value: T,
    /// One for each caller that has finished.
    callers: Vec<oneshot::Sender<CommitOutcome>>,
}

impl<T> GroupCommit<T> {
    fn complete(self, outcome: &CommitOutcome) {
        for caller in self.callers {
            // A dropped caller receives nothing.
            let _ = caller.send(outcome.clone());
        }
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned + 'static> Coordinator<T> {
    pub(super) fn new(store: Rc<RegisterStore<T>>) -> Self {
        Self {
            fairness: RefCell::new(Fairness::new(store.lease)),
            store,
            waiting: RefCell::default(),
            running: Cell::new(false),
            pauses: RefCell::default(),
        }
    }

    /// Waits until this caller may change the value.
    pub(super) async fn grant(self: &Rc<Self>) -> Result<Grant<T>> {
        let (sender, grant) = oneshot::channel();
        self.waiting.borrow_mut().push_back(sender);
        if !self.running.replace(true) {
            let coordinator = Rc::clone(self);
            spawn(async move { coordinator.run().await });
        }
        grant.await.unwrap_or_else(|_| Err(node_stopped()))
    }

    /// Commits the changes of callers as long as there are callers, and yields the lock to other
    /// nodes in between.
    async fn run(&self) {
        while self.has_callers() {
            let yields_until = self.fairness.borrow().yields_until();
            if let Some(end) = yields_until.filter(|end| time::now() < *end) {
                time::sleep_until(end).await;
                continue;
            }
            match self.store.wait_until_available().await {
                Ok(available) => self.run_group(available).await,
                Err(error) => {
                    for caller in self.waiting.take() {
                        // A dropped caller receives nothing.
                        let _ = caller.send(Err(error.clone()));
                    }
                }
            }
        }
        self.running.set(false);
    }

    /// Whether there are callers that have not been dropped.
    fn has_callers(&self) -> bool {
        self.waiting
            .borrow_mut()
            .retain(|caller| !caller.is_closed());
        !self.waiting.borrow().is_empty()
    }

    /// Runs callers one after the other, then commits their changes. Backs off if that failed
    /// because another node was faster.
    async fn run_group(&self, available: Available<T>) {
        let began = time::now();
        let mut group = GroupCommit {
            value: available.observed.register.value.clone(),
            callers: Vec::new(),
            base: CommitBase {
                observed: available.observed,
                acquired_at: None,
            },
        };
        let outcome = match self.try_group(&mut group, available.is_free).await {
            Ok(outcome) => outcome,
            Err(error) => CommitOutcome::Failed(error),
        };
        let was_slower = matches!(outcome, CommitOutcome::Lost) && !available.is_cached;
        group.complete(&outcome);
        let pause = if was_slower {
            let mut pauses = self.pauses.borrow_mut();
            let pauses = pauses.get_or_insert_with(|| Backoff::new(FIRST_PAUSE, LONGEST_PAUSE));
            Some(pauses.next())
        } else {
            self.pauses.replace(None);
            None
        };
        if let Some(pause) = pause {
            // The attempt itself counts towards the pause.
            time::sleep_until(began + pause).await;
        }
    }

    async fn try_group(&self, group: &mut GroupCommit<T>, is_free: bool) -> Result<CommitOutcome> {
        if !is_free && !self.acquire(&mut group.base).await? {
            return Ok(CommitOutcome::Lost);
        }
        let closes = time::now() + self.store.lease / 2;
        while group.callers.len() < MAX_CALLERS && time::now() < closes {
            let Some(caller) = self.waiting.borrow_mut().pop_front() else {
                break;
            };
            if !self.run_caller(group, caller).await? {
                return Ok(CommitOutcome::Lost);
            }
        }
        if group.callers.is_empty() && group.base.acquired_at.is_none() {
            return Ok(CommitOutcome::Committed);
        }
        Ok(self.commit(group).await)
    }

    /// Grants a caller the lock, and waits until it has finished. Returns false if it had to wait,
    /// and another node was faster to acquire the lock.
    async fn run_caller(
        &self,
        group: &mut GroupCommit<T>,
        caller: oneshot::Sender<Result<Grant<T>>>,
    ) -> Result<bool> {
        let (sender, mut events) = mpsc::unbounded_channel();
        let (me, epoch) = (&self.store.me, group.base.observed.register.epoch);
        let grant = Grant {
            value: group.value.clone(),
            transaction_id: format!("{}-{}-{epoch}", me.node, me.nonce).into(),
            acquired: group.base.acquired_at.is_some(),
            events: sender,
        };
        // A dropped caller sends no event, and changes nothing.
        let _ = caller.send(Ok(grant));
        while let Some(event) = events.recv().await {
            match event {
                Event::Waiting(caller) => {
                    let acquired = self.acquire(&mut group.base).await;
                    let _ = caller.send(acquired.clone());
                    if !acquired? {
                        return Ok(false);
                    }
                }
                Event::Finished(value, caller) => {
                    group.value = value;
                    group.callers.push(caller);
                    break;
                }
            }
        }
        Ok(true)
    }

    async fn acquire(&self, base: &mut CommitBase<T>) -> Result<bool> {
        let sent_at = time::now();
        let acquired = self.store.acquire(base).await?;
        if acquired {
            let epoch = base.observed.register.epoch;
            let mut fairness = self.fairness.borrow_mut();
            fairness.acquired(epoch, sent_at, time::now());
        }
        Ok(acquired)
    }

    async fn commit(&self, group: &GroupCommit<T>) -> CommitOutcome {
        let (base, sent_at) = (&group.base, time::now());
        match self.store.commit(base, group.value.clone()).await {
            CommitResult::Committed => {
                let (replied_at, epoch) = (time::now(), base.observed.register.epoch + 1);
                let mut fairness = self.fairness.borrow_mut();
                if base.acquired_at.is_none() {
                    fairness.acquired(epoch, sent_at, replied_at);
                }
                fairness.released(epoch, sent_at, replied_at);
                CommitOutcome::Committed
            }
            CommitResult::Lost => CommitOutcome::Lost,
            CommitResult::Unknown(error) => CommitOutcome::Failed(error),
        }
    }
}

/// Returns the error of a caller when the node stops before the lock is acquired.
fn node_stopped() -> Error {
    Error::timeout("the lock can't be acquired: the node has stopped")
}
