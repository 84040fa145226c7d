//! Virtual time: it stands still while anything can run, and then jumps to the next timer.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use mael::runtime::{LocalFuture, Runtime};
use mael::time::{Duration, Instant};

use super::life::Life;
use super::speed::Speed;
use crate::engine::schedule::{Agenda, Key, Schedule};

/// How often everything may be polled before a timer has its turn, until a task that never stops
/// waking itself is suspected.
const PATIENCE: u64 = 1_000;

/// The time of one simulation, and the timers that wait for it.
#[derive(Default)]
pub(crate) struct VirtualTime {
    now: Cell<Instant>,
    timers: RefCell<Schedule<Waker>>,
}

/// Why virtual time can't move on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// Some task wakes itself all the time.
    NeverWaits,
    /// No timer is set, and nobody can run.
    NothingCanHappen,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverWaits => "virtual time stands still: some task never waits",
            Self::NothingCanHappen => {
                "nothing can happen any more: a task waits for something outside mael"
            }
        })
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl VirtualTime {
    /// Runs a future to its end, moving time on whenever it waits.
    ///
    /// # Errors
    /// When it waits for something that is not in the simulation, or never waits at all.
    #[cfg(test)]
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, Stuck> {
        self.block_on_beside(&(), future)
    }

    /// The same, beside what happens at other times than those that are waited for.
    pub(crate) fn block_on_beside<T>(
        &self,
        agenda: &impl Agenda,
        future: impl Future<Output = T>,
    ) -> Result<T, Stuck> {
        // Tokio's channels would otherwise yield now and then when a test runs on tokio itself.
        let mut future = pin!(tokio::task::coop::unconstrained(future));
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut polls = 0;
        loop {
            while woken.0.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
                {
                    return Ok(output);
                }
                polls += 1;
                if polls == PATIENCE {
                    return Err(Stuck::NeverWaits);
                }
            }
            polls = 0;
            if !self.move_on(agenda) {
                return Err(Stuck::NothingCanHappen);
            }
        }
    }

    /// Moves time on to what happens next, and has it happen; false if nothing ever will.
    fn move_on(&self, agenda: &impl Agenda) -> bool {
        let mut timers = self.timers.borrow_mut();
        let times = [timers.next_time(), agenda.next_time()];
        let Some(next) = times.into_iter().flatten().min() else {
            return false;
        };
        self.now.set(next.max(self.now.get()));
        let timer = timers.pop_at(next);
        drop(timers);
        match timer {
            Some(timer) => timer.wake(),
            None => agenda.attend(self.now.get()),
        }
        true
    }
}

/// The runtime of one part of a simulation: the time is shared, the randomness is its own.
pub(crate) struct Clock {
    time: Rc<VirtualTime>,
    random: RefCell<fastrand::Rng>,
    log: Option<Rc<RefCell<String>>>,
    life: Rc<Life>,
    speed: Speed,
}

impl Clock {
    pub(crate) fn new(time: &Rc<VirtualTime>, random: fastrand::Rng) -> Self {
        Self {
            time: Rc::clone(time),
            random: RefCell::new(random),
            log: None,
            life: Rc::default(),
            speed: Speed::default(),
        }
    }

    /// The same, for a node with a log and a life of its own.
    pub(super) fn of_node(self, log: &Rc<RefCell<String>>, life: &Rc<Life>) -> Self {
        Self {
            log: Some(Rc::clone(log)),
            life: Rc::clone(life),
            ..self
        }
    }

    /// The same, running at a speed that differs from true time by up to this share of it from now
    /// on.
    pub(super) fn drifting(self, share: f64, random: &mut fastrand::Rng) -> Self {
        Self {
            speed: Speed::draw(self.time.now.get(), share, random),
            ..self
        }
    }
}

impl Runtime for Clock {
    fn now(&self) -> Instant {
        self.speed.shows(self.time.now.get())
    }

    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()> {
        Box::pin(Sleep {
            deadline: self.speed.truth(deadline),
            timer: None,
            time: Rc::clone(&self.time),
        })
    }

    fn random(&self) -> u64 {
        self.random.borrow_mut().u64(..)
    }

    fn step(&self) -> bool {
        self.life.step()
    }

    fn log(&self, line: &str) {
        if self.life.is_over() {
            return;
        }
        if let Some(log) = &self.log {
            // True time, as in the history, and not what this node takes for it.
            let now = self.time.now.get();
            let millis = Duration::from_nanos(now.as_nanos()).as_secs_f64() * 1e3;
            log.borrow_mut()
                .push_str(&format!("{millis:.3} ms: {line}\n"));
        }
    }
}

struct Sleep {
    deadline: Instant,
    timer: Option<Key>,
    time: Rc<VirtualTime>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.deadline <= self.time.now.get() {
            return Poll::Ready(());
        }
        let set = {
            let mut timers = self.time.timers.borrow_mut();
            match self.timer {
                Some(timer) => {
                    if let Some(waker) = timers.get_mut(timer) {
                        waker.clone_from(cx.waker());
                    }
                    timer
                }
                None => timers.add(self.deadline, cx.waker().clone()),
            }
        };
        self.timer = Some(set);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            let waker = self.time.timers.borrow_mut().take_back(timer);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use mael::runtime::Scope;
    use mael::time;

    use super::*;

    #[test]
    fn a_timer_fires_when_the_nodes_own_clock_says_so() {
        let virtual_time = Rc::new(VirtualTime::default());
        for seed in 0..100 {
            let clock = Clock::new(&virtual_time, fastrand::Rng::with_seed(0));
            let clock = clock.drifting(0.5, &mut fastrand::Rng::with_seed(seed));
            let began = virtual_time.now.get();
            let scope = Scope::new(Rc::new(clock));
            let slept = virtual_time.block_on(scope.run(async {
                let begin = time::now();
                time::sleep(Duration::from_secs(1)).await;
                time::now() - begin
            }));
            let slept = slept.unwrap();
            let truth = virtual_time.now.get().since(began);
            assert!(slept >= Duration::from_secs(1) && slept < Duration::from_nanos(1_000_000_002));
            assert!(truth > Duration::from_millis(666) && truth <= Duration::from_secs(2));
            assert_ne!(truth, Duration::from_secs(1));
        }
    }

    #[test]
    fn many_timers_may_be_due_at_one_moment() {
        let virtual_time = Rc::new(VirtualTime::default());
        let clock = Clock::new(&virtual_time, fastrand::Rng::with_seed(0));
        let scope = Scope::new(Rc::new(clock));
        let all_rang = scope.run(async {
            for _ in 0..5 * PATIENCE {
                mael::runtime::spawn(time::sleep(Duration::from_secs(1)));
            }
            time::sleep(Duration::from_secs(2)).await;
        });
        assert_eq!(virtual_time.block_on(all_rang), Ok(()));
        assert_eq!(virtual_time.timers.borrow().len(), 0);
    }

    #[test]
    fn what_nothing_will_wake_is_told() {
        let virtual_time = VirtualTime::default();
        let forever = std::future::pending::<()>();
        assert_eq!(virtual_time.block_on(forever), Err(Stuck::NothingCanHappen));
    }

    #[test]
    fn time_jumps_from_timer_to_timer() {
        let virtual_time = Rc::new(VirtualTime::default());
        let clock = Clock::new(&virtual_time, fastrand::Rng::with_seed(0));
        let scope = Scope::new(Rc::new(clock));
        let started = std::time::Instant::now();
        let slept = virtual_time.block_on(scope.run(async {
            let begin = time::now();
            let never = time::timeout(Duration::from_nanos(1), std::future::pending::<()>());
            assert_eq!(never.await, Err(time::Elapsed));
            time::sleep(Duration::from_secs(3600)).await;
            time::now() - begin
        }));
        let slept = slept.unwrap();
        assert_eq!(slept, Duration::from_secs(3600) + Duration::from_nanos(1));
        assert!(started.elapsed() < Duration::from_secs(60));
        assert_eq!(virtual_time.timers.borrow().len(), 0);
    }
}
