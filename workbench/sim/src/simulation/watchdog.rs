//! A thread that detects code in simulations that does not return.
//!
//! It reports a node's own code that blocks its thread, and exits the process if the code never
//! returns. Real time has no other effect: no run, digest or verdict depends on it.

use std::collections::BTreeSet;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::activity::CurrentActivity;
use crate::Exit;
use crate::output::print_error;

/// The time between two checks.
const TICK: Duration = Duration::from_millis(2);

/// How long code may block its thread before it is reported.
const BLOCKING: Duration = Duration::from_millis(5);

/// How long code may run before the process exits.
const ENDLESS: Duration = Duration::from_secs(20);

/// The minimum number of checks during this time. A machine that stalls also stalls the watchdog.
const LOOKS: u64 = 500;

/// The maximum number of reports.
const MENTIONED: usize = 20;

/// The current runs.
static RUNS: Mutex<Vec<Arc<Run>>> = Mutex::new(Vec::new());

/// Wakes the watchdog when a run starts.
static BEGUN: Condvar = Condvar::new();

/// A run that the watchdog monitors.
struct Run {
    seed: u64,
    activity: Arc<CurrentActivity>,
    thread: Thread,
    look: Mutex<Look>,
}

/// The state of a run at the last check.
#[derive(Default)]
struct Look {
    steps: u64,
    /// The number of consecutive checks with this number of steps.
    again: u64,
    since: Option<Instant>,
    /// The CPU time of the thread at the first of these checks.
    used: Duration,
}

/// Monitors a run until it is dropped.
pub(crate) struct Watched(Arc<Run>);

impl Drop for Watched {
    fn drop(&mut self) {
        runs().retain(|run| !Arc::ptr_eq(run, &self.0));
    }
}

fn runs() -> MutexGuard<'static, Vec<Arc<Run>>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Monitors a run of this seed on this thread.
pub(crate) fn watch(seed: u64, activity: &Arc<CurrentActivity>) -> Watched {
    static STARTED: std::sync::Once = std::sync::Once::new();
    STARTED.call_once(|| {
        // If the thread can't be spawned, runs continue without the watchdog.
        let _ = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(look_after);
    });
    let run = Arc::new(Run {
        seed,
        activity: Arc::clone(activity),
        thread: Thread::current(),
        look: Mutex::default(),
    });
    runs().push(Arc::clone(&run));
    BEGUN.notify_one();
    Watched(run)
}

/// Describes each current run in one line, with its seed and the code of a node that is running, if
/// any.
#[cfg(feature = "command")]
pub(crate) fn running() -> Vec<String> {
    let runs: Vec<Arc<Run>> = runs().clone();
    let line = |run: Arc<Run>| {
        if CurrentActivity::is_inside(run.activity.steps()) {
            run.name()
        } else {
            format!("seed {}", run.seed)
        }
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
        let name = self.activity.name().unwrap_or_default();
        format!("seed {}: {name}", self.seed)
    }

    fn look(&self, mentioned: &mut BTreeSet<String>) {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = self.activity.steps();
        let now = Instant::now();
        if look.steps != steps || !CurrentActivity::is_inside(steps) {
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
        // A thread that the system does not schedule is not blocking.
        let used = self.thread.used().saturating_sub(look.used);
        let waits = self.thread.waits();
        if mentioned.len() < MENTIONED && (waits || used >= BLOCKING) {
            let name = self.activity.name().unwrap_or_default();
            // The code may have returned meanwhile, in which case the name may be that of other
            // code.
            if self.activity.steps() == steps && mentioned.insert(name.clone()) {
                let passed = passed.as_millis();
                print_error(&format!(
                    "note: {name} has blocked its thread for {passed} ms (seed {})",
                    self.seed
                ));
            }
        }
        if passed >= ENDLESS && look.again >= LOOKS && (waits || used >= ENDLESS / 10) {
            print_error(&format!(
                "{} has not returned after {} s of real time: it loops without an await, or blocks \
                 its thread",
                self.name(),
                passed.as_secs()
            ));
            process::exit(Exit::Failed.code().into());
        }
    }
}

/// A thread of this process, by its id in the system.
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

    /// Returns its CPU time.
    fn used(&self) -> Duration {
        let text = self.read("schedstat");
        let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
        Duration::from_nanos(nanos.unwrap_or_default())
    }

    /// Whether it waits for something, such as a lock, a file or a timer.
    fn waits(&self) -> bool {
        let text = self.read("stat");
        // The name of the thread, in parentheses, may contain any characters.
        let state = text
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.chars().next());
        matches!(state, Some('S' | 'D'))
    }
}

/// On other systems, only the elapsed time is known.
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
