//! A set of tasks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::activity::Activity;
use super::guard::guard_on;
use super::ready::{ReadyQueue, TaskWaker};
use super::runtime::{LocalFuture, Runtime};

/// A set of tasks on one thread. They run only in [`Tasks::poll`], in the order in which they were
/// woken, so that execution is deterministic if wake-ups are.
pub(super) struct Tasks {
    runtime: Rc<dyn Runtime>,
    slots: RefCell<Slots>,
    ready: ReadyQueue,
    /// The tasks to poll in this round, before those that are woken meanwhile.
    round: RefCell<VecDeque<usize>>,
}

#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    free: Vec<usize>,
}

/// How a panic of a task is handled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PanicPolicy {
    /// The panic propagates to the code that polls the set.
    Propagate,
    /// The panic is reported as one of this activity, and ends only the task.
    Report(Activity<'static>),
}

impl PanicPolicy {
    /// Drops the future of a task.
    fn drop(self, runtime: &dyn Runtime, future: LocalFuture<'static, ()>) {
        match self {
            Self::Propagate => drop(future),
            // A panic has been reported, and the task has ended.
            Self::Report(activity) => drop(guard_on(runtime, activity, || drop(future))),
        }
    }
}

struct Slot {
    /// None while the task is polled, and when the slot is free.
    future: Option<LocalFuture<'static, ()>>,
    panics: PanicPolicy,
    /// The number of tasks that have used this slot before.
    generation: u64,
    /// Reused for all tasks of the slot. A spurious wake-up of a later task is harmless.
    waker: Arc<TaskWaker>,
    /// The waker as a [`Waker`]. None while the task is being polled, which uses it.
    handle: Option<Waker>,
}

impl Tasks {
    pub(super) fn new(runtime: Rc<dyn Runtime>) -> Rc<Self> {
        Rc::new(Self {
            runtime,
            slots: RefCell::default(),
            ready: ReadyQueue::new(),
            round: RefCell::default(),
        })
    }

    /// Adds a task, which is polled for the first time by the next [`Tasks::poll`].
    pub(super) fn spawn(
        self: &Rc<Self>,
        future: LocalFuture<'static, ()>,
        panics: PanicPolicy,
    ) -> Task {
        let mut slots = self.slots.borrow_mut();
        let (slot, generation) = slots.insert(future, panics, &self.ready);
        slots.slots[slot].waker.wake_by_ref();
        Task {
            tasks: Rc::downgrade(self),
            slot,
            generation,
        }
    }

    /// Polls `future` immediately, and adds it as a task only if it is pending.
    pub(super) fn poll_or_spawn(&self, future: LocalFuture<'static, ()>) {
        let (slot, _) = self
            .slots
            .borrow_mut()
            .insert(future, PanicPolicy::Propagate, &self.ready);
        self.poll_slot(slot);
    }

    /// Suppresses waking the parent, which is about to poll the set.
    pub(super) fn suppress_wakes(&self) {
        self.ready.suppress_wakes();
    }

    /// Polls each woken task once, as long as `step` returns true. Returns true if more tasks have
    /// been woken since.
    pub(super) fn poll(&self, cx: &mut Context<'_>, step: impl Fn() -> bool) -> bool {
        self.ready.suppress_wakes();
        self.ready.take(&mut self.round.borrow_mut());
        while !self.round.borrow().is_empty() {
            if !step() {
                return false;
            }
            let next = self.round.borrow_mut().pop_front();
            if let Some(slot) = next {
                self.slots.borrow().slots[slot].waker.reset();
                self.poll_slot(slot);
            }
        }
        !self.ready.wait(cx.waker())
    }

    fn poll_slot(&self, slot: usize) {
        let (mut future, handle, generation, panics) = {
            let slot = &mut self.slots.borrow_mut().slots[slot];
            let Some(future) = slot.future.take() else {
                return;
            };
            let handle = slot.handle.take();
            let handle = handle.unwrap_or_else(|| Waker::from(Arc::clone(&slot.waker)));
            (future, handle, slot.generation, slot.panics)
        };
        let mut poll = || future.as_mut().poll(&mut Context::from_waker(&handle));
        let poll = match panics {
            PanicPolicy::Propagate => poll(),
            PanicPolicy::Report(activity) => {
                guard_on(&*self.runtime, activity, poll).unwrap_or(Poll::Ready(()))
            }
        };
        let mut slots = self.slots.borrow_mut();
        let entry = &mut slots.slots[slot];
        entry.handle = Some(handle);
        // A task that was aborted while it was polled no longer has a slot.
        let is_same = entry.generation == generation;
        match poll {
            Poll::Pending if is_same => entry.future = Some(future),
            _ => {
                if is_same {
                    slots.free(slot);
                }
                drop(slots);
                panics.drop(&*self.runtime, future);
            }
        }
    }

    /// Drops all tasks, including those that are spawned meanwhile.
    pub(super) fn clear(&self) {
        loop {
            let slots = std::mem::take(&mut *self.slots.borrow_mut());
            self.ready.clear();
            self.round.borrow_mut().clear();
            if slots.slots.is_empty() {
                return;
            }
            for slot in slots.slots {
                if let Some(future) = slot.future {
                    slot.panics.drop(&*self.runtime, future);
                }
            }
        }
    }
}

impl Slots {
    fn insert(
        &mut self,
        future: LocalFuture<'static, ()>,
        panics: PanicPolicy,
        ready: &ReadyQueue,
    ) -> (usize, u64) {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = self.slots.len();
            self.slots.push(Slot {
                future: None,
                panics,
                generation: 0,
                waker: ready.waker(slot),
                handle: None,
            });
            slot
        });
        let entry = &mut self.slots[slot];
        entry.future = Some(future);
        entry.panics = panics;
        (slot, entry.generation)
    }

    fn free(&mut self, slot: usize) {
        self.slots[slot].generation += 1;
        self.free.push(slot);
    }
}

/// A handle to a spawned task. Dropping it does not cancel the task.
///
/// ```
/// use mael::prelude::*;
/// use mael::executor::Task;
/// use mael::time::{Duration, sleep};
///
/// #[node]
/// struct Alarm {
///     pending: RefCell<Option<Task>>,
/// }
///
/// #[handlers]
/// impl Alarm {
///     /// Rings after a delay, unless it is set again before.
///     #[handler]
///     fn set(&self, after_ms: u64) {
///         let alarm = mael::spawn(async move {
///             sleep(Duration::from_millis(after_ms)).await;
///             eprintln!("ring");
///         });
///         if let Some(previous) = self.pending.replace(Some(alarm)) {
///             previous.abort();
///         }
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Task {
    tasks: Weak<Tasks>,
    slot: usize,
    generation: u64,
}

impl Task {
    /// Drops the task's future at its current `.await`. Has no effect if the task has completed.
    pub fn abort(&self) {
        let Some(tasks) = self.tasks.upgrade() else {
            return;
        };
        let (future, panics) = {
            let mut slots = tasks.slots.borrow_mut();
            match slots.slots.get_mut(self.slot) {
                Some(slot) if slot.generation == self.generation => {
                    let (future, panics) = (slot.future.take(), slot.panics);
                    slots.free(self.slot);
                    (future, panics)
                }
                _ => return,
            }
        };
        if let Some(future) = future {
            panics.drop(&*tasks.runtime, future);
        }
    }
}
