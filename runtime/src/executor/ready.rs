//! The queue of woken tasks. Tasks can be woken from any thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The woken tasks of a set. Waking a task also wakes the parent, which polls the set. The parent's
/// waker must not poll anything itself.
pub(super) struct ReadyQueue(Arc<Queue>);

#[derive(Default)]
struct Queue(Mutex<Woken>);

#[derive(Default)]
struct Woken {
    tasks: VecDeque<usize>,
    /// The waker of the parent.
    parent: Option<Waker>,
    /// Whether the parent is waiting to be woken.
    idle: bool,
}

/// The waker of the tasks in one slot.
pub(super) struct TaskWaker {
    slot: usize,
    /// Whether the task is in the queue.
    queued: AtomicBool,
    ready: Arc<Queue>,
}

impl ReadyQueue {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Creates the waker of a slot.
    pub(super) fn waker(&self, slot: usize) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            slot,
            queued: AtomicBool::new(false),
            ready: Arc::clone(&self.0),
        })
    }

    /// Suppresses waking the parent, which is about to poll the set.
    pub(super) fn suppress_wakes(&self) {
        self.0.lock().idle = false;
    }

    /// Moves the woken tasks into `round`.
    pub(super) fn take(&self, round: &mut VecDeque<usize>) {
        let woken = &mut self.0.lock().tasks;
        if round.is_empty() {
            std::mem::swap(round, woken);
        } else {
            round.append(woken);
        }
    }

    /// Registers the parent's waker to be woken by the next task. Returns false if a task is in the
    /// queue already.
    pub(super) fn wait(&self, waker: &Waker) -> bool {
        let mut woken = self.0.lock();
        match &mut woken.parent {
            Some(parent) => parent.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        woken.idle = woken.tasks.is_empty();
        woken.idle
    }

    /// Clears the queue.
    pub(super) fn clear(&self) {
        self.0.lock().tasks.clear();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Woken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskWaker {
    /// Marks the task as not queued before it is polled, so that it can be queued again. The task
    /// sees everything that happened before it was woken, on any thread.
    pub(super) fn reset(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut woken = self.ready.lock();
        woken.tasks.push_back(self.slot);
        if std::mem::take(&mut woken.idle)
            && let Some(parent) = &woken.parent
        {
            parent.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn taken(ready: &ReadyQueue) -> Vec<usize> {
        let mut round = VecDeque::new();
        ready.take(&mut round);
        round.into()
    }

    #[test]
    fn a_task_is_queued_once_and_wakes_the_parent_once() {
        let (ready, count) = (ReadyQueue::new(), Arc::<Count>::default());
        let parent = Waker::from(Arc::clone(&count));
        assert!(ready.wait(&parent));
        let (first, second) = (ready.waker(0), ready.waker(1));
        for waker in [&second, &first, &second] {
            waker.wake_by_ref();
        }
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(!ready.wait(&parent));
        assert_eq!(taken(&ready), [1, 0]);
        first.wake_by_ref();
        assert!(taken(&ready).is_empty());
        first.reset();
        first.wake_by_ref();
        assert_eq!(taken(&ready), [0]);
    }

    #[test]
    fn tasks_can_be_woken_from_other_threads() {
        let (ready, count) = (ReadyQueue::new(), Arc::<Count>::default());
        let parent = Waker::from(Arc::clone(&count));
        assert!(ready.wait(&parent));
        let wakers: Vec<_> = (0..8).map(|slot| ready.waker(slot)).collect();
        thread::scope(|scope| {
            for waker in &wakers {
                scope.spawn(|| waker.wake_by_ref());
            }
        });
        assert!(count.0.load(Ordering::Relaxed) >= 1 && !ready.wait(&parent));
        let mut woken = taken(&ready);
        woken.sort_unstable();
        assert_eq!(woken, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(ready.wait(&parent));
    }
}
