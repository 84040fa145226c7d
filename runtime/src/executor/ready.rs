//! Which tasks want to be polled. Most are woken on the thread of their set, which takes no lock;
//! any other thread may wake them too.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

thread_local! {
    /// The sets of this thread that there are, each at its place.
    static SETS: RefCell<Vec<Option<Rc<Here>>>> = const { RefCell::new(Vec::new()) };
}

/// Tells sets apart.
static NEXT_SET: AtomicU64 = AtomicU64::new(0);

/// The tasks of one set that want to be polled. Whoever polls the set is woken where a task is: their
/// waker must not poll anything there and then.
pub(super) struct Ready {
    here: Rc<Here>,
    elsewhere: Arc<Elsewhere>,
}

/// What the set's own thread knows.
struct Here {
    set: u64,
    woken: RefCell<VecDeque<usize>>,
    /// Who polls the set.
    parent: RefCell<Option<Waker>>,
    /// Whether the parent waits to be woken.
    idle: Cell<bool>,
}

/// What all threads know.
struct Elsewhere {
    set: u64,
    /// Where [`SETS`] has the set.
    place: usize,
    /// Whether other threads have woken any task.
    any: AtomicBool,
    state: Mutex<Woken>,
}

#[derive(Default)]
struct Woken {
    tasks: VecDeque<usize>,
    parent: Option<Waker>,
}

/// The waker of the tasks of one slot.
pub(super) struct TaskWaker {
    slot: usize,
    /// Whether the task is among those that want to be polled.
    queued: AtomicBool,
    ready: Arc<Elsewhere>,
}

impl Ready {
    pub(super) fn new() -> Self {
        let here = Rc::new(Here {
            set: NEXT_SET.fetch_add(1, Ordering::Relaxed),
            woken: RefCell::default(),
            parent: RefCell::default(),
            idle: Cell::new(false),
        });
        let place = SETS.with_borrow_mut(|sets| {
            let free = sets.iter().position(Option::is_none);
            let place = free.unwrap_or(sets.len());
            sets.resize(sets.len().max(place + 1), None);
            sets[place] = Some(Rc::clone(&here));
            place
        });
        let elsewhere = Arc::new(Elsewhere {
            set: here.set,
            place,
            any: AtomicBool::new(false),
            state: Mutex::default(),
        });
        Self { here, elsewhere }
    }

    /// The waker for the tasks of this slot.
    pub(super) fn waker(&self, slot: usize) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            slot,
            queued: AtomicBool::new(false),
            ready: Arc::clone(&self.elsewhere),
        })
    }

    /// Whoever polls the set is about to: it need not be woken for that.
    pub(super) fn awake(&self) {
        self.here.idle.set(false);
    }

    /// Moves the tasks that have been woken into `round`.
    pub(super) fn take(&self, round: &mut VecDeque<usize>) {
        let mut woken = self.here.woken.borrow_mut();
        match round.is_empty() {
            true => std::mem::swap(round, &mut woken),
            false => round.append(&mut woken),
        }
        if self.elsewhere.any.load(Ordering::Acquire) {
            let mut woken = self.elsewhere.lock();
            self.elsewhere.any.store(false, Ordering::Relaxed);
            round.append(&mut woken.tasks);
        }
    }

    /// Has this waker woken by the next task that wants to be polled; false if there is one already.
    pub(super) fn wait(&self, waker: &Waker) -> bool {
        let mut parent = self.here.parent.borrow_mut();
        if !parent
            .as_ref()
            .is_some_and(|parent| parent.will_wake(waker))
        {
            *parent = Some(waker.clone());
            self.elsewhere.lock().parent = Some(waker.clone());
        }
        let none =
            self.here.woken.borrow().is_empty() && !self.elsewhere.any.load(Ordering::Acquire);
        self.here.idle.set(none);
        none
    }

    /// Forgets what was woken.
    pub(super) fn clear(&self) {
        self.take(&mut VecDeque::new());
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        // The thread may be about to end, and then has none of its sets any more.
        let _ = SETS.try_with(|sets| sets.borrow_mut()[self.elsewhere.place].take());
    }
}

impl Here {
    fn wake(&self, slot: usize) {
        self.woken.borrow_mut().push_back(slot);
        if self.idle.replace(false)
            && let Some(parent) = &*self.parent.borrow()
        {
            parent.wake_by_ref();
        }
    }
}

impl Elsewhere {
    fn lock(&self) -> MutexGuard<'_, Woken> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The set, if this is its thread.
    fn here(&self) -> Option<Rc<Here>> {
        let find = |sets: &RefCell<Vec<Option<Rc<Here>>>>| {
            let set = sets.borrow().get(self.place)?.clone()?;
            (set.set == self.set).then_some(set)
        };
        SETS.try_with(find).ok().flatten()
    }

    fn wake(&self, slot: usize) {
        let mut woken = self.lock();
        woken.tasks.push_back(slot);
        self.any.store(true, Ordering::Release);
        if let Some(parent) = &woken.parent {
            parent.wake_by_ref();
        }
    }
}

impl TaskWaker {
    /// The task is about to be polled: it may want to be polled once more. What was done before it was
    /// woken, on whatever thread, it sees.
    pub(super) fn rest(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match self.ready.here() {
            // Another thread may come in between: the task is then polled twice.
            Some(here) if !self.queued.load(Ordering::Acquire) => {
                self.queued.store(true, Ordering::Release);
                here.wake(self.slot);
            }
            Some(_) => {}
            None if self.queued.swap(true, Ordering::AcqRel) => {}
            None => self.ready.wake(self.slot),
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

    fn taken(ready: &Ready) -> Vec<usize> {
        let mut round = VecDeque::new();
        ready.take(&mut round);
        round.into()
    }

    #[test]
    fn a_task_is_queued_once_and_wakes_who_waits_once() {
        let (ready, count) = (Ready::new(), Arc::<Count>::default());
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
        first.rest();
        first.wake_by_ref();
        assert_eq!(taken(&ready), [0]);
    }

    #[test]
    fn other_threads_may_wake_tasks_too() {
        let (ready, count) = (Ready::new(), Arc::<Count>::default());
        let parent = Waker::from(Arc::clone(&count));
        assert!(ready.wait(&parent));
        let wakers: Vec<_> = (0..8).map(|slot| ready.waker(slot)).collect();
        thread::scope(|scope| {
            for waker in &wakers {
                // Two sets of other threads are at the same place as this one.
                scope.spawn(|| {
                    let _other = Ready::new();
                    waker.wake_by_ref();
                });
            }
        });
        assert!(count.0.load(Ordering::Relaxed) >= 1 && !ready.wait(&parent));
        let mut woken = taken(&ready);
        woken.sort_unstable();
        assert_eq!(woken, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(ready.wait(&parent));
    }

    #[test]
    fn a_place_that_is_free_again_is_another_sets() {
        let gone = Ready::new().waker(3);
        let ready = Ready::new();
        assert_eq!(gone.ready.place, ready.elsewhere.place);
        gone.wake_by_ref();
        assert!(taken(&ready).is_empty());
    }
}
