//! The operations of the final phase: every client reads every log from the beginning.

use std::collections::BTreeMap;

use fastrand::Rng;
use mael::time::{self, Duration, Instant};
use mael_checkers::kafka::steps::{Step, poll, steps};
use mael_history::{History, Integer, Kind, Operation, Process, Value};

use super::offsets::Offsets;
use crate::Options;
use crate::engine::{Generator, Invocation, Next};

/// The maximum duration of the final phase.
const LIMIT: Duration = Duration::from_secs(10);

/// The poll timeout that is noted in the history. No request contains it.
const POLL_MILLIS: i32 = 1000;

/// The maximum time between two polls of a thread, in seconds.
const GAP: f64 = 0.4;

/// On each thread: starts a new client, assigns all keys from the beginning, and polls until the
/// thread has seen the highest offset of every key.
pub(super) struct FinalPolls {
    /// The highest offset of every key that was seen in the main phase.
    targets: BTreeMap<Value, Integer>,
    threads: Vec<Thread>,
    /// When the phase ends. `None` before the first operation.
    deadline: Option<Instant>,
}

/// The next operation of a thread.
enum Thread {
    Crash,
    Assign,
    Poll {
        /// The offsets that the thread has not seen yet.
        targets: BTreeMap<Value, Integer>,
        /// The earliest time of the next poll.
        after: Instant,
    },
    Done,
}

impl FinalPolls {
    pub(super) fn new(options: &Options, history: &History) -> Self {
        let mut offsets = Offsets::default();
        for operation in history.client_operations() {
            offsets.update(operation);
        }
        let logs = offsets.0.iter();
        let targets: BTreeMap<Value, Integer> = logs
            .filter_map(|(key, log)| Some((key.clone(), log.highest()?.clone())))
            .collect();
        let thread = || {
            if targets.is_empty() {
                Thread::Done
            } else {
                Thread::Crash
            }
        };
        Self {
            threads: (0..options.clients()).map(|_| thread()).collect(),
            targets,
            deadline: None,
        }
    }

    fn assignment(&self) -> Invocation {
        let keys: Vec<Value> = self.targets.keys().cloned().collect();
        Invocation::new("assign", keys).with("seek-to-beginning?", true)
    }
}

impl Generator for FinalPolls {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        let now = time::now();
        let deadline = *self.deadline.get_or_insert(now + LIMIT);
        let done = |thread: &Thread| matches!(thread, Thread::Done);
        if now >= deadline || self.threads.iter().all(done) {
            return Next::Done;
        }
        let mut wake = deadline;
        for thread in free.iter().copied() {
            match &mut self.threads[thread] {
                Thread::Crash => {
                    return Next::Invoke(thread, Invocation::new("crash", Value::Nil));
                }
                Thread::Assign => return Next::Invoke(thread, self.assignment()),
                Thread::Poll { after, .. } if *after <= now => {
                    *after = now + Duration::from_secs_f64(random.f64() * GAP);
                    let invocation = Invocation::new("poll", poll(None));
                    return Next::Invoke(thread, invocation.with("poll-ms", POLL_MILLIS));
                }
                Thread::Poll { after, .. } => wake = wake.min(*after),
                Thread::Done => {}
            }
        }
        Next::WaitUntil(wake)
    }

    /// A thread whose client crashed assigns its keys again.
    fn update(&mut self, operation: &Operation) {
        let Process::Client(process) = operation.process else {
            return;
        };
        let count = self.threads.len();
        let thread = &mut self.threads[process % count];
        match (&mut *thread, operation.kind, &*operation.f) {
            (_, Kind::Info, _) => *thread = Thread::Assign,
            (_, Kind::Ok, "assign") => {
                *thread = Thread::Poll {
                    targets: self.targets.clone(),
                    after: time::now(),
                };
            }
            (Thread::Poll { targets, .. }, Kind::Ok, "poll") => {
                remove_reached(targets, operation);
                if targets.is_empty() {
                    *thread = Thread::Done;
                }
            }
            _ => {}
        }
    }
}

/// Removes the keys whose target offset, or a higher one, was returned by a poll.
fn remove_reached(targets: &mut BTreeMap<Value, Integer>, poll: &Operation) {
    for step in steps(&poll.value) {
        let Step::Poll(key, messages) = step else {
            continue;
        };
        let seen = messages.iter().filter_map(|(offset, _)| *offset).max();
        if seen >= targets.get(key) {
            targets.remove(key);
        }
    }
}
