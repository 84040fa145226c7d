//! Virtual time: it stands still while anything can run, and then jumps to the next timer.

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

use super::doing::Doing;
use super::life::Life;
use super::node_log::NodeLog;
use super::speed::Speed;
use crate::engine::schedule::{Agenda, Key, Schedule};
use crate::engine::{NodePanic, Output};

/// How often everything may be polled before a timer has its turn, until a task that never stops
/// waking itself is suspected.
const PATIENCE: u64 = 1_000;

/// How much time must pass until so many steps are expected again.
const WINDOW: Duration = Duration::from_millis(1);

/// How many steps may be taken within that time: timers that fire or are due at once, and looks at the
/// clock. A node that takes more would hold up the simulation for ever.
const STEPS: u64 = 100_000;

/// The time of one simulation, and the timers that wait for it.
#[derive(Default)]
pub(crate) struct VirtualTime {
    now: Cell<Instant>,
    timers: RefCell<Schedule<Waker>>,
    /// Since when steps are counted, and how many there were.
    window: Cell<Instant>,
    steps: Cell<u64>,
    /// Whether more steps were taken than may be.
    stands_still: Cell<bool>,
    /// How many calls of nodes' own code are on the stack.
    depth: Cell<u64>,
    doing: Arc<Doing>,
}

/// Why virtual time can't move on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// This code of a node, or else some task, takes steps all the time for which no time passes.
    NeverWaits(Option<String>),
    /// No timer is set, and nobody can run.
    NothingCanHappen,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverWaits(who) => {
                let who = who.as_deref().unwrap_or("some task");
                write!(f, "virtual time stands still: {who} never waits")
            }
            Self::NothingCanHappen => {
                f.write_str("nothing can happen any more: a task waits for something outside mael")
            }
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
                if polls == PATIENCE || self.stands_still.get() {
                    return Err(Stuck::NeverWaits(self.doing.name()));
                }
            }
            polls = 0;
            if self.takes_too_many_steps() || self.stands_still.get() {
                return Err(Stuck::NeverWaits(self.doing.name()));
            }
            if !self.move_on(agenda) {
                return Err(Stuck::NothingCanHappen);
            }
        }
    }

    /// What the nodes do.
    pub(super) fn doing(&self) -> &Arc<Doing> {
        &self.doing
    }

    /// Counts a step. True from the step on that is one too many for the time that has passed.
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

    /// The time now.
    pub(super) fn now(&self) -> Instant {
        self.now.get()
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
    node: Option<OfNode>,
    life: Rc<Life>,
    speed: Speed,
}

/// Where one start of a node puts what is to be seen of it.
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
            life: Rc::default(),
            speed: Speed::default(),
        }
    }

    /// The same, for a node with a log, an output and a life of its own.
    pub(super) fn of_node(
        self,
        name: &NodeId,
        log: &Rc<RefCell<NodeLog>>,
        output: &Output,
        life: &Rc<Life>,
    ) -> Self {
        let (name, log, output) = (name.clone(), Rc::clone(log), output.clone());
        Self {
            node: Some(OfNode { name, log, output }),
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
        if self.node.is_some() && self.time.depth.get() > 0 && self.time.takes_too_many_steps() {
            // It waits for a time that never comes, and can't be stopped in another way. The run ends as
            // soon as the executor has its turn.
            resume_unwind(Box::new("virtual time stands still"));
        }
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

    fn enter(&self, activity: Activity<'_>) {
        let depth = self.time.depth.get();
        self.time.depth.set(depth + 1);
        if depth == 0
            && let Some(OfNode { name, .. }) = &self.node
        {
            self.time.doing.enter(name, activity);
        }
    }

    fn leave(&self) {
        let depth = self.time.depth.get() - 1;
        self.time.depth.set(depth);
        if depth == 0 && self.node.is_some() {
            self.time.doing.leave();
        }
    }

    fn wants_backtraces(&self) -> bool {
        // They take milliseconds each.
        false
    }

    fn panicked(&self, panic: &Panic, _: Option<&Backtrace>) {
        // What a kill drops would not have run in a process; and where time stands still, the code was
        // stopped by what looks like a panic.
        if self.life.is_over() || self.time.stands_still.get() {
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
        if self.life.is_over() {
            return;
        }
        if let Some(OfNode { log, .. }) = &self.node {
            // True time, as in the history, and not what this node takes for it.
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
            // A loop of these would never let the executor have its turn.
            return match self.timer.is_none() && self.time.takes_too_many_steps() {
                true => Poll::Pending,
                false => Poll::Ready(()),
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
            let waker = self.time.timers.borrow_mut().take_back(timer);
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
                mael::executor::spawn(time::sleep(Duration::from_secs(1)));
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
