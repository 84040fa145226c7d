//! The task that acquires a lock for the callers of one node, gives them their turns, and commits.
//!
//! It runs beside the callers, so that one that is dropped leaves nothing half done: an
//! acquisition in flight is brought to its end, and a hold is released.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::ended;
use super::register::{Commit, Held, Store};
use super::turns::Turns;
use crate::runtime::spawn;
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
}

/// A caller's turn. Dropping it discards what the caller did.
pub(super) struct Turn<T> {
    /// The value as the caller before left it.
    pub(super) value: T,
    /// The holder and the epoch of the hold.
    pub(super) hold: Rc<str>,
    back: oneshot::Sender<Finished<T>>,
}

/// A turn that came to its end: what the caller leaves, and where it is told what came of it.
struct Finished<T> {
    value: T,
    outcome: oneshot::Sender<Outcome>,
}

/// What became of a caller's change.
#[derive(Clone)]
pub(super) enum Outcome {
    Committed,
    /// The hold was lost, and nothing was changed.
    Lost,
    /// It can't be told.
    Unknown(Error),
}

impl<T> Turn<T> {
    /// Leaves a value, and waits for its commit.
    pub(super) async fn finish(self, value: T) -> Outcome {
        let (outcome, told) = oneshot::channel();
        // The keeper ends only with the node.
        let _ = self.back.send(Finished { value, outcome });
        told.await.unwrap_or_else(|_| Outcome::Unknown(ended()))
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned + 'static> Keeper<T> {
    pub(super) fn new(store: Rc<Store<T>>) -> Self {
        Self {
            turns: RefCell::new(Turns::new(store.lease)),
            store,
            waiting: RefCell::default(),
            running: Cell::new(false),
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
            match self.store.acquire().await {
                Ok(held) => self.hold(&held).await,
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
    async fn hold(&self, held: &Held<T>) {
        let (store, epoch, got) = (&self.store, held.seen.register.epoch, time::now());
        self.turns.borrow_mut().acquired(epoch, held.since, got);
        let closes = got + store.lease / 2;
        let (node, nonce) = (&store.me.node, &store.me.nonce);
        let hold: Rc<str> = format!("{node}-{nonce}-{epoch}").into();
        let mut value = held.seen.register.value.clone();
        let mut outcomes = Vec::new();
        while outcomes.len() < MOST_CALLERS && time::now() < closes {
            let Some(caller) = self.waiting.borrow_mut().pop_front() else {
                break;
            };
            let (back, finished) = oneshot::channel();
            let turn = Turn {
                value: value.clone(),
                hold: Rc::clone(&hold),
                back,
            };
            if caller.send(Ok(turn)).is_err() {
                continue;
            }
            if let Ok(finished) = finished.await {
                value = finished.value;
                outcomes.push(finished.outcome);
            }
        }
        let asked = time::now();
        let outcome = match store.commit(held, value).await {
            Commit::Done => {
                let told = time::now();
                self.turns.borrow_mut().released(epoch + 1, asked, told);
                Outcome::Committed
            }
            Commit::Lost => Outcome::Lost,
            Commit::Unknown(error) => Outcome::Unknown(error),
        };
        for caller in outcomes {
            // A caller that was dropped is not told.
            let _ = caller.send(outcome.clone());
        }
    }
}
