//! How long a simulated node lives: up to a kill, or up to a step that was chosen before.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The life of one start of a node. It is counted in steps: a message handled, a task polled, a
/// record written, a message sent. So a node can die between any two of its awaits, and between
/// any two things that others could notice.
#[derive(Default)]
pub(super) struct Life {
    steps: Cell<u64>,
    /// The step that is not taken any more.
    last: Cell<Option<u64>>,
    over: Cell<bool>,
    /// Who waits for the end.
    mourner: Cell<Option<Waker>>,
}

impl Life {
    /// Takes a step, unless the node is dead, or dies here.
    pub(super) fn step(&self) -> bool {
        let step = self.steps.get();
        if self.last.get().is_some_and(|last| step >= last) {
            self.end();
        }
        if self.over.get() {
            return false;
        }
        self.steps.set(step + 1);
        true
    }

    /// How many steps have been taken.
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Whether the node is dead.
    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Ends it now.
    pub(super) fn end(&self) {
        self.over.set(true);
        if let Some(mourner) = self.mourner.take() {
            mourner.wake();
        }
    }

    /// Ends it after so many further steps. Completes when it is over, from whatever cause;
    /// dropping the future before that lets the node live.
    pub(super) async fn end_after(self: Rc<Self>, steps: u64) {
        let last = self.steps().saturating_add(steps);
        self.last.set(Some(last));
        let spare = Spare(&self);
        poll_fn(|cx| {
            if self.is_over() {
                return Poll::Ready(());
            }
            self.mourner.set(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
        drop(spare);
    }
}

/// Lets a node live.
struct Spare<'a>(&'a Life);

impl Drop for Spare<'_> {
    fn drop(&mut self) {
        self.0.last.set(None);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;

    /// Polls a future once: whether it has completed.
    fn completes(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        future
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[test]
    fn a_life_ends_before_the_step_that_was_chosen_and_for_good() {
        let life = Rc::<Life>::default();
        assert!(life.step());
        let mut end = Box::pin(Rc::clone(&life).end_after(2));
        assert!(!completes(end.as_mut()));
        assert!(life.step() && life.step());
        assert!(!completes(end.as_mut()) && !life.is_over());
        assert!(!life.step() && life.is_over());
        assert!(completes(end.as_mut()));
        assert!(!life.step());
        assert_eq!(life.steps(), 3);
    }

    #[test]
    fn a_life_goes_on_that_nobody_waits_to_end() {
        let life = Rc::<Life>::default();
        let mut end = Box::pin(Rc::clone(&life).end_after(0));
        assert!(!completes(end.as_mut()));
        drop(end);
        assert!(life.step());
    }
}
