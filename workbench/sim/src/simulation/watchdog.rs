//! A thread that looks after simulations, because what does not return can't say so itself.
//!
//! It names a piece of a node's own code that blocks its thread, and ends the process if that never
//! returns. Real time decides nothing else: no run, no digest and no verdict depends on it.

use std::collections::BTreeSet;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::doing::Doing;
use crate::Exit;
use crate::output::print_error;

/// How often it looks.
const TICK: Duration = Duration::from_millis(2);

/// How long code may block its thread before it is mentioned.
const BLOCKING: Duration = Duration::from_millis(5);

/// How long code may run before the process is ended.
const ENDLESS: Duration = Duration::from_secs(20);

/// How often the watchdog must have looked meanwhile: a machine that stalls stalls it too.
const LOOKS: u64 = 500;

/// How many pieces of code are mentioned at most.
const MENTIONED: usize = 20;

/// The runs that there are.
static RUNS: Mutex<Vec<Arc<Run>>> = Mutex::new(Vec::new());

/// Wakes the watchdog when there is a run again.
static BEGUN: Condvar = Condvar::new();

/// A run, as the watchdog sees it.
struct Run {
    seed: u64,
    doing: Arc<Doing>,
    thread: Thread,
    look: Mutex<Look>,
}

/// What the watchdog saw when it looked at a run last.
#[derive(Default)]
struct Look {
    steps: u64,
    /// How often these were the steps before.
    again: u64,
    since: Option<Instant>,
    /// How long the thread had been on a processor when the steps were seen first.
    used: Duration,
}

/// Has a run looked after until it is dropped.
pub(crate) struct Watched(Arc<Run>);

impl Drop for Watched {
    fn drop(&mut self) {
        runs().retain(|run| !Arc::ptr_eq(run, &self.0));
    }
}

fn runs() -> MutexGuard<'static, Vec<Arc<Run>>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks after a run of this seed, on this thread.
pub(crate) fn watch(seed: u64, doing: &Arc<Doing>) -> Watched {
    static STARTED: std::sync::Once = std::sync::Once::new();
    STARTED.call_once(|| {
        // Without it runs go on, and nobody names what blocks them.
        let _ = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(look_after);
    });
    let run = Arc::new(Run {
        seed,
        doing: Arc::clone(doing),
        thread: Thread::current(),
        look: Mutex::default(),
    });
    runs().push(Arc::clone(&run));
    BEGUN.notify_one();
    Watched(run)
}

/// What runs now, one line for each run: the seed, and which code of which node if any.
pub(crate) fn running() -> Vec<String> {
    let runs: Vec<Arc<Run>> = runs().clone();
    let line = |run: Arc<Run>| match Doing::is_inside(run.doing.steps()) {
        true => run.name(),
        false => format!("seed {}", run.seed),
    };
    runs.into_iter().map(line).collect()
}

/// The watchdog's thread.
fn look_after() {
    let mut mentioned = BTreeSet::new();
    loop {
        let mut guard = runs();
        while guard.is_empty() {
            guard = BEGUN.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        let runs = guard.clone();
        drop(guard);
        for run in runs {
            run.look(&mut mentioned);
        }
        thread::sleep(TICK);
    }
}

impl Run {
    fn name(&self) -> String {
        let name = self.doing.name().unwrap_or_default();
        format!("seed {}: {name}", self.seed)
    }

    fn look(&self, mentioned: &mut BTreeSet<String>) {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = self.doing.steps();
        let now = Instant::now();
        if look.steps != steps || !Doing::is_inside(steps) {
            *look = Look {
                steps,
                ..Look::default()
            };
            return;
        }
        look.again += 1;
        let Some(since) = look.since else {
            (look.since, look.used) = (Some(now), self.thread.used());
            return;
        };
        let passed = now - since;
        if passed < BLOCKING {
            return;
        }
        // A thread that the machine merely does not run does not block.
        let used = self.thread.used().saturating_sub(look.used);
        let waits = self.thread.waits();
        if mentioned.len() < MENTIONED && (waits || used >= BLOCKING) {
            let name = self.doing.name().unwrap_or_default();
            // It may have returned meanwhile, and the name be another one's.
            if self.doing.steps() == steps && mentioned.insert(name.clone()) {
                let passed = passed.as_millis();
                print_error(&format!(
                    "note: {name} blocks its thread, {passed} ms so far (seed {})",
                    self.seed
                ));
            }
        }
        if passed >= ENDLESS && look.again >= LOOKS && (waits || used >= ENDLESS / 10) {
            print_error(&format!(
                "{} does not return: it has run for {} s of real time, in a loop without an await or \
                 a call that blocks its thread",
                self.name(),
                passed.as_secs()
            ));
            process::exit(Exit::Failed.code().into());
        }
    }
}

/// A thread of this process, as the system sees it.
#[cfg(target_os = "linux")]
struct Thread(i32);

#[cfg(target_os = "linux")]
impl Thread {
    fn current() -> Self {
        Self(rustix::thread::gettid().as_raw_nonzero().get())
    }

    fn read(&self, file: &str) -> String {
        let path = format!("/proc/self/task/{}/{file}", self.0);
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// How long it has been on a processor.
    fn used(&self) -> Duration {
        let text = self.read("schedstat");
        let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
        Duration::from_nanos(nanos.unwrap_or_default())
    }

    /// Whether it waits for something, such as a lock, a file or a time.
    fn waits(&self) -> bool {
        let text = self.read("stat");
        // The name of the thread, in parentheses, may hold anything.
        let state = text
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.chars().next());
        matches!(state, Some('S' | 'D'))
    }
}

/// Elsewhere only the time that passes is known.
#[cfg(not(target_os = "linux"))]
struct Thread;

#[cfg(not(target_os = "linux"))]
impl Thread {
    fn current() -> Self {
        Self
    }

    fn used(&self) -> Duration {
        Duration::ZERO
    }

    fn waits(&self) -> bool {
        true
    }
}
