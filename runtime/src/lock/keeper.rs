//! The task that acquires a lock for the callers of one node, gives them their turns, and commits.
//!
//! It runs beside the callers, so that one that is dropped leaves nothing half done: an
//! acquisition in flight is brought to its end, and a hold is released.
//!
//! A free lock is not acquired before somebody needs it. Callers that need not wait for anything
//! are given their turns on what the register was seen to hold, and the commit of what they left
//! acquires the lock and releases it, in one compare-and-set. It starts from that very register,
//! so that it fails if anybody has changed it since, and then they run again. A caller that has to
//! wait goes on only once the lock is acquired, from that very register as well.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use super::register::{Commit, FIRST_PAUSE, Found, Held, LONGEST_PAUSE, Store};
use super::turns::Turns;
use crate::executor::spawn;
use crate::rpc::Backoff;
use crate::{Error, Result, time};

/// How many callers may share a hold.
const MOST_CALLERS: usize = 128;

/// The callers of one lock on one node.
pub(super) struct Keeper<T> {
    store: Rc<Store<T>>,
    waiting: RefCell<VecDeque<oneshot::Sender<Result<Turn<T>>>>>,
    /// Whether the task runs.
    running: Cell<bool>,
    turns: RefCell<Turns>,
    /// How long to leave those alone who were faster; None after a commit.
    pauses: RefCell<Option<Backoff>>,
}

/// A caller's turn. Dropping it discards what the caller did.
pub(super) struct Turn<T> {
    /// The value as the caller before left it.
    pub(super) value: T,
    /// A name for the hold that nobody else uses.
    pub(super) hold: Rc<str>,
    /// Whether the lock is acquired already.
    acquired: bool,
    said: mpsc::UnboundedSender<Said<T>>,
}

/// What a caller says in its turn.
enum Said<T> {
    /// It has to wait for something, and goes on once it is told that the lock is acquired.
    Waits(oneshot::Sender<Result<bool>>),
    /// It has come to its end, leaves this value, and wants to know what becomes of it.
    Finished(T, oneshot::Sender<Outcome>),
}

/// What became of a caller's change.
#[derive(Clone)]
pub(super) enum Outcome {
    Committed,
    /// Nothing was changed, because others were faster or the hold was lost.
    Lost,
    /// It can't be told, or there is no sense in trying again.
    Failed(Error),
}

impl<T> Turn<T> {
    /// Runs what the caller wants done. None if that has to wait and others were faster.
    pub(super) async fn run<R>(&self, change: impl Future<Output = R>) -> Result<Option<R>> {
        let mut change = pin!(change);
        if !self.acquired {
            let begun = poll_fn(|cx| Poll::Ready(change.as_mut().poll(cx))).await;
            if let Poll::Ready(result) = begun {
                return Ok(Some(result));
            }
            let (acquired, told) = oneshot::channel();
            // The keeper ends only with the node.
            let _ = self.said.send(Said::Waits(acquired));
            if !told.await.unwrap_or_else(|_| Err(ended()))? {
                return Ok(None);
            }
        }
        Ok(Some(change.await))
    }

    /// Leaves a value, and waits for its commit.
    pub(super) async fn finish(self, value: T) -> Outcome {
        let (outcome, told) = oneshot::channel();
        let _ = self.said.send(Said::Finished(value, outcome));
        told.await.unwrap_or_else(|_| Outcome::Failed(ended()))
    }
}

/// A hold, or what may become one.
struct Holding<T> {
    held: Held<T>,
    /// As the callers until now have left it.
    value: T,
    /// Where they wait to be told what becomes of it.
    told: Vec<oneshot::Sender<Outcome>>,
}

impl<T> Holding<T> {
    fn tell(self, outcome: &Outcome) {
        for caller in self.told {
            // A caller that was dropped is not told.
            let _ = caller.send(outcome.clone());
        }
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned + 'static> Keeper<T> {
    pub(super) fn new(store: Rc<Store<T>>) -> Self {
        Self {
            turns: RefCell::new(Turns::new(store.lease)),
            store,
            waiting: RefCell::default(),
            running: Cell::new(false),
            pauses: RefCell::default(),
        }
    }

    /// Waits for a turn.
    pub(super) async fn turn(self: &Rc<Self>) -> Result<Turn<T>> {
        let (waiting, turn) = oneshot::channel();
        self.waiting.borrow_mut().push_back(waiting);
        if !self.running.replace(true) {
            let keeper = Rc::clone(self);
            spawn(async move { keeper.run().await });
        }
        turn.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Holds the lock again and again while there are callers, and rests when its turn is over.
    async fn run(&self) {
        while self.has_callers() {
            let rests_until = self.turns.borrow().rests_until();
            if let Some(end) = rests_until.filter(|end| time::now() < *end) {
                time::sleep_until(end).await;
                continue;
            }
            match self.store.find().await {
                Ok(found) => self.hold(found).await,
                Err(error) => {
                    for caller in self.waiting.take() {
                        // A caller that was dropped is not told.
                        let _ = caller.send(Err(error.clone()));
                    }
                }
            }
        }
        self.running.set(false);
    }

    /// Whether somebody waits who has not been dropped.
    fn has_callers(&self) -> bool {
        self.waiting
            .borrow_mut()
            .retain(|caller| !caller.is_closed());
        !self.waiting.borrow().is_empty()
    }

    /// Gives one caller after the other its turn, then commits what they left.
    async fn hold(&self, found: Found<T>) {
        let began = time::now();
        let mut holding = Holding {
            value: found.seen.register.value.clone(),
            told: Vec::new(),
            held: Held {
                seen: found.seen,
                since: None,
            },
        };
        let outcome = match self.try_hold(&mut holding, found.is_free).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(error),
        };
        let was_slower = matches!(outcome, Outcome::Lost) && !found.is_guess;
        holding.tell(&outcome);
        let pause = match (was_slower, &mut *self.pauses.borrow_mut()) {
            (true, pauses) => {
                let first = || Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
                Some(pauses.get_or_insert_with(first).next())
            }
            (false, pauses) => {
                *pauses = None;
                None
            }
        };
        if let Some(pause) = pause {
            // The attempt itself has taken a part of it.
            time::sleep_until(began + pause).await;
        }
    }

    async fn try_hold(&self, holding: &mut Holding<T>, is_free: bool) -> Result<Outcome> {
        if !is_free && !self.acquire(&mut holding.held).await? {
            return Ok(Outcome::Lost);
        }
        let closes = time::now() + self.store.lease / 2;
        while holding.told.len() < MOST_CALLERS && time::now() < closes {
            let Some(caller) = self.waiting.borrow_mut().pop_front() else {
                break;
            };
            if !self.give_turn(holding, caller).await? {
                return Ok(Outcome::Lost);
            }
        }
        if holding.told.is_empty() && holding.held.since.is_none() {
            return Ok(Outcome::Committed);
        }
        Ok(self.commit(holding).await)
    }

    /// Gives a caller its turn. False if it needed the lock in earnest, and others were faster.
    async fn give_turn(
        &self,
        holding: &mut Holding<T>,
        caller: oneshot::Sender<Result<Turn<T>>>,
    ) -> Result<bool> {
        let (said, mut says) = mpsc::unbounded_channel();
        let (me, epoch) = (&self.store.me, holding.held.seen.register.epoch);
        let turn = Turn {
            value: holding.value.clone(),
            hold: format!("{}-{}-{epoch}", me.node, me.nonce).into(),
            acquired: holding.held.since.is_some(),
            said,
        };
        // A caller that was dropped says nothing, and leaves nothing.
        let _ = caller.send(Ok(turn));
        while let Some(said) = says.recv().await {
            match said {
                Said::Waits(caller) => {
                    let acquired = self.acquire(&mut holding.held).await;
                    let _ = caller.send(acquired.clone());
                    if !acquired? {
                        return Ok(false);
                    }
                }
                Said::Finished(value, outcome) => {
                    holding.value = value;
                    holding.told.push(outcome);
                    break;
                }
            }
        }
        Ok(true)
    }

    async fn acquire(&self, held: &mut Held<T>) -> Result<bool> {
        let asked = time::now();
        let acquired = self.store.acquire(held).await?;
        if acquired {
            let epoch = held.seen.register.epoch;
            let mut turns = self.turns.borrow_mut();
            turns.acquired(epoch, asked, time::now());
        }
        Ok(acquired)
    }

    async fn commit(&self, holding: &Holding<T>) -> Outcome {
        let (held, asked) = (&holding.held, time::now());
        match self.store.commit(held, holding.value.clone()).await {
            Commit::Done => {
                let (told, epoch) = (time::now(), held.seen.register.epoch + 1);
                let mut turns = self.turns.borrow_mut();
                if held.since.is_none() {
                    turns.acquired(epoch, asked, told);
                }
                turns.released(epoch, asked, told);
                Outcome::Committed
            }
            Commit::Lost => Outcome::Lost,
            Commit::Unknown(error) => Outcome::Failed(error),
        }
    }
}

/// The error of a caller whose node ends before its turn comes.
fn ended() -> Error {
    Error::timeout("the lock can't be acquired any more: the node ends")
}
