//! Kills a simulated node, immediately or at a step.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Kills one start of a node, and counts its steps. A step is a handled message, a polled task, a
/// written record or a sent message. Therefore, a node can be killed between any two of its awaits,
/// and between any two effects that others could observe.
#[derive(Default)]
pub(super) struct KillSwitch {
    steps: Cell<u64>,
    /// The step before which the node is killed.
    killed_at: Cell<Option<u64>>,
    dead: Cell<bool>,
    /// The task that waits for the death of the node.
    waiter: Cell<Option<Waker>>,
}

impl KillSwitch {
    /// Counts a step. Returns false if the node is dead, or is killed before this step.
    pub(super) fn step(&self) -> bool {
        let step = self.steps.get();
        if self.killed_at.get().is_some_and(|at| step >= at) {
            self.kill();
        }
        if self.dead.get() {
            return false;
        }
        self.steps.set(step + 1);
        true
    }

    /// Returns the number of steps so far.
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Whether the node is dead.
    pub(super) fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Kills the node.
    pub(super) fn kill(&self) {
        self.dead.set(true);
        if let Some(waiter) = self.waiter.take() {
            waiter.wake();
        }
    }

    /// Kills the node after this many further steps. Completes when the node is dead, whatever the
    /// cause. Dropping the future before that cancels the kill.
    pub(super) async fn kill_after(self: Rc<Self>, steps: u64) {
        let at = self.steps().saturating_add(steps);
        self.killed_at.set(Some(at));
        let cancel = CancelOnDrop(&self);
        poll_fn(|cx| {
            if self.is_dead() {
                return Poll::Ready(());
            }
            self.waiter.set(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
        drop(cancel);
    }
}

/// Cancels a pending kill when it is dropped.
struct CancelOnDrop<'a>(&'a KillSwitch);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.killed_at.set(None);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Context;

    use super::*;

    /// Polls a future once, and returns whether it has completed.
    fn completes(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        future
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[test]
    fn a_node_is_killed_before_the_chosen_step_and_stays_dead() {
        let switch = Rc::<KillSwitch>::default();
        assert!(switch.step());
        let mut killed = Box::pin(Rc::clone(&switch).kill_after(2));
        assert!(!completes(killed.as_mut()));
        assert!(switch.step() && switch.step());
        assert!(!completes(killed.as_mut()) && !switch.is_dead());
        assert!(!switch.step() && switch.is_dead());
        assert!(completes(killed.as_mut()));
        assert!(!switch.step());
        assert_eq!(switch.steps(), 3);
    }

    #[test]
    fn dropping_kill_after_cancels_the_kill() {
        let switch = Rc::<KillSwitch>::default();
        let mut killed = Box::pin(Rc::clone(&switch).kill_after(0));
        assert!(!completes(killed.as_mut()));
        drop(killed);
        assert!(switch.step());
    }
}
