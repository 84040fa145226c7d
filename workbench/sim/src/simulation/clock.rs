//! Virtual time, which only advances when no task can run, and then jumps to the next timer.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use mael::executor::{Activity, LocalFuture, Runtime};
use mael::time::{Duration, Instant};
use mael::{LogLevel, LogRecord, NodeId, Panic};

use super::activity::CurrentActivity;
use super::clock_drift::ClockDrift;
use super::kill_switch::KillSwitch;
use super::node_log::NodeLog;
use crate::engine::event_queue::{EventQueue, EventSource, Key};
use crate::engine::{NodePanic, Output};

/// The number of polls without a timer after which a task is assumed to keep waking itself.
const MAX_POLLS: u64 = 1_000;

/// The window of virtual time in which steps are counted.
const WINDOW: Duration = Duration::from_millis(1);

/// The maximum number of steps within that window: timers that fire or are already due, and reads
/// of the clock. A node that takes more steps is assumed to loop forever.
const STEPS: u64 = 100_000;

/// The time of one simulation, and its pending timers.
#[derive(Default)]
pub(crate) struct VirtualTime {
    now: Cell<Instant>,
    timers: RefCell<EventQueue<Waker>>,
    /// The start of the window, and the number of steps in it.
    window: Cell<Instant>,
    steps: Cell<u64>,
    /// Whether too many steps were taken.
    stands_still: Cell<bool>,
    /// The number of calls of nodes' own code on the stack.
    depth: Cell<u64>,
    activity: Arc<CurrentActivity>,
}

/// The reason why virtual time can't advance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// This code of a node, or some task if unknown, keeps running while no time passes.
    NeverWaits(Option<String>),
    /// No timer is set, and no task can run.
    NothingCanHappen,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverWaits(who) => {
                let who = who.as_deref().unwrap_or("a task");
                write!(
                    f,
                    "deadlock: {who} never waits, so virtual time can't advance"
                )
            }
            Self::NothingCanHappen => f.write_str(
                "deadlock: no timer is set, and all tasks wait for something outside mael",
            ),
        }
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
    /// Runs a future to completion, and advances time whenever it waits.
    ///
    /// # Errors
    /// Returns an error if the future waits for something outside the simulation, or never waits.
    #[cfg(test)]
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, Stuck> {
        self.block_on_beside(&(), future)
    }

    /// Same as [`block_on`](Self::block_on), with an additional source of events.
    pub(crate) fn block_on_beside<T>(
        &self,
        events: &impl EventSource,
        future: impl Future<Output = T>,
    ) -> Result<T, Stuck> {
        // Otherwise, tokio's channels would sometimes yield when a test runs on tokio itself.
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
                if polls == MAX_POLLS || self.stands_still.get() {
                    return Err(Stuck::NeverWaits(self.activity.name()));
                }
            }
            polls = 0;
            if self.takes_too_many_steps() || self.stands_still.get() {
                return Err(Stuck::NeverWaits(self.activity.name()));
            }
            if !self.advance(events) {
                return Err(Stuck::NothingCanHappen);
            }
        }
    }

    /// Returns the code of the nodes that is running.
    pub(super) fn activity(&self) -> &Arc<CurrentActivity> {
        &self.activity
    }

    /// Counts a step. Returns whether there were too many for the time that has passed.
    fn takes_too_many_steps(&self) -> bool {
        let now = self.now.get();
        if now.since(self.window.get()) >= WINDOW {
            self.window.set(now);
            self.steps.set(0);
        }
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS {
            self.stands_still.set(true);
        }
        self.stands_still.get()
    }

    /// Returns the current time.
    pub(super) fn now(&self) -> Instant {
        self.now.get()
    }

    /// Advances time to the next timer or event, and processes it. Returns false if there is none.
    fn advance(&self, events: &impl EventSource) -> bool {
        let mut timers = self.timers.borrow_mut();
        let times = [timers.next_time(), events.next_time()];
        let Some(next) = times.into_iter().flatten().min() else {
            return false;
        };
        self.now.set(next.max(self.now.get()));
        let timer = timers.pop_at(next);
        drop(timers);
        match timer {
            Some(timer) => timer.wake(),
            None => events.process_due(self.now.get()),
        }
        true
    }
}

/// The runtime of one part of a simulation. Parts share the time, but have separate random draws.
pub(crate) struct Clock {
    time: Rc<VirtualTime>,
    random: RefCell<fastrand::Rng>,
    node: Option<OfNode>,
    kill_switch: Rc<KillSwitch>,
    drift: ClockDrift,
}

/// The log and the output of one start of a node.
struct OfNode {
    name: NodeId,
    log: Rc<RefCell<NodeLog>>,
    output: Output,
}

impl Clock {
    pub(crate) fn new(time: &Rc<VirtualTime>, random: fastrand::Rng) -> Self {
        Self {
            time: Rc::clone(time),
            random: RefCell::new(random),
            node: None,
            kill_switch: Rc::default(),
            drift: ClockDrift::default(),
        }
    }

    /// Same as [`new`](Self::new), for a node with its own log, output and kill switch.
    pub(super) fn of_node(
        self,
        name: &NodeId,
        log: &Rc<RefCell<NodeLog>>,
        output: &Output,
        kill_switch: &Rc<KillSwitch>,
    ) -> Self {
        let (name, log, output) = (name.clone(), Rc::clone(log), output.clone());
        Self {
            node: Some(OfNode { name, log, output }),
            kill_switch: Rc::clone(kill_switch),
            ..self
        }
    }

    /// Adds a drift of up to this share of true time, from now on.
    pub(super) fn drifting(self, share: f64, random: &mut fastrand::Rng) -> Self {
        Self {
            drift: ClockDrift::draw(self.time.now.get(), share, random),
            ..self
        }
    }
}

impl Runtime for Clock {
    fn now(&self) -> Instant {
        if self.node.is_some() && self.time.depth.get() > 0 && self.time.takes_too_many_steps() {
            // The code polls the clock in a loop, which only a panic can stop. The run ends when
            // the executor runs again.
            resume_unwind(Box::new("virtual time can't advance"));
        }
        self.drift.local_time(self.time.now.get())
    }

    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()> {
        Box::pin(Sleep {
            deadline: self.drift.true_time(deadline),
            timer: None,
            time: Rc::clone(&self.time),
        })
    }

    fn random(&self) -> u64 {
        self.random.borrow_mut().u64(..)
    }

    fn step(&self) -> bool {
        self.kill_switch.step()
    }

    fn enter(&self, activity: Activity<'_>) {
        let depth = self.time.depth.get();
        self.time.depth.set(depth + 1);
        if depth == 0
            && let Some(OfNode { name, .. }) = &self.node
        {
            self.time.activity.enter(name, activity);
        }
    }

    fn leave(&self) {
        let depth = self.time.depth.get() - 1;
        self.time.depth.set(depth);
        if depth == 0 && self.node.is_some() {
            self.time.activity.leave();
        }
    }

    fn wants_backtraces(&self) -> bool {
        // A backtrace takes milliseconds.
        false
    }

    fn panicked(&self, panic: &Panic, _: Option<&Backtrace>) {
        // A killed process would not run destructors, and code that is stopped because time can't
        // advance did not cause the panic.
        if self.kill_switch.is_dead() || self.time.stands_still.get() {
            return;
        }
        self.log(&LogRecord {
            level: LogLevel::Error,
            target: "mael",
            text: &panic.to_string(),
        });
        if let Some(OfNode { output, .. }) = &self.node {
            output.panicked(NodePanic {
                noun: "panic",
                activity: panic.activity.clone(),
                place: panic.place.clone(),
                text: panic.text.clone(),
                time: Some(Duration::from_nanos(self.time.now.get().as_nanos())),
            });
        }
    }

    fn log(&self, record: &LogRecord<'_>) {
        if self.kill_switch.is_dead() {
            return;
        }
        if let Some(OfNode { log, .. }) = &self.node {
            // True time, as in the history, not the local time of the node.
            log.borrow_mut().add(self.time.now.get().as_nanos(), record);
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
            // Otherwise, a loop of such sleeps would never return to the executor.
            return if self.timer.is_none() && self.time.takes_too_many_steps() {
                Poll::Pending
            } else {
                Poll::Ready(())
            };
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
            let waker = self.time.timers.borrow_mut().remove(timer);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use mael::executor::Scope;
    use mael::time;

    use super::*;

    #[test]
    fn a_timer_fires_by_the_local_clock_of_the_node() {
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
    fn many_timers_may_be_due_at_the_same_time() {
        let virtual_time = Rc::new(VirtualTime::default());
        let clock = Clock::new(&virtual_time, fastrand::Rng::with_seed(0));
        let scope = Scope::new(Rc::new(clock));
        let all_rang = scope.run(async {
            for _ in 0..5 * MAX_POLLS {
                mael::executor::spawn(time::sleep(Duration::from_secs(1)));
            }
            time::sleep(Duration::from_secs(2)).await;
        });
        assert_eq!(virtual_time.block_on(all_rang), Ok(()));
        assert_eq!(virtual_time.timers.borrow().len(), 0);
    }

    #[test]
    fn a_future_that_nothing_wakes_is_reported() {
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
