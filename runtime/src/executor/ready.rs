//! Which tasks want to be polled. Any thread may wake them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The tasks of one set that want to be polled. Whoever polls the set is woken where a task is:
/// their waker must not poll anything there and then.
pub(super) struct ReadyQueue(Arc<Queue>);

#[derive(Default)]
struct Queue(Mutex<Woken>);

#[derive(Default)]
struct Woken {
    tasks: VecDeque<usize>,
    /// Who polls the set.
    parent: Option<Waker>,
    /// Whether the parent waits to be woken.
    idle: bool,
}

/// The waker of the tasks of one slot.
pub(super) struct TaskWaker {
    slot: usize,
    /// Whether the task is among those that want to be polled.
    queued: AtomicBool,
    ready: Arc<Queue>,
}

impl ReadyQueue {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// The waker for the tasks of this slot.
    pub(super) fn waker(&self, slot: usize) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            slot,
            queued: AtomicBool::new(false),
            ready: Arc::clone(&self.0),
        })
    }

    /// Whoever polls the set is about to: it need not be woken for that.
    pub(super) fn suppress_wakes(&self) {
        self.0.lock().idle = false;
    }

    /// Moves the tasks that have been woken into `round`.
    pub(super) fn take(&self, round: &mut VecDeque<usize>) {
        let woken = &mut self.0.lock().tasks;
        match round.is_empty() {
            true => std::mem::swap(round, woken),
            false => round.append(woken),
        }
    }

    /// Has this waker woken by the next task that wants to be polled; false if there is one
    /// already.
    pub(super) fn wait(&self, waker: &Waker) -> bool {
        let mut woken = self.0.lock();
        match &mut woken.parent {
            Some(parent) => parent.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        woken.idle = woken.tasks.is_empty();
        woken.idle
    }

    /// Forgets what was woken.
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
    /// The task is about to be polled: it may want to be polled once more. What was done before it
    /// was woken, on whatever thread, it sees.
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
    fn a_task_is_queued_once_and_wakes_who_waits_once() {
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
    fn other_threads_may_wake_tasks_too() {
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
