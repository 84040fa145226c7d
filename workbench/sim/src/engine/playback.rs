//! Replays the operations of a schedule.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use mael::time::{self, Instant};

use super::generator::{Generator, Next};
use super::schedule::ScheduledOp;

/// Replays the operations of a schedule in order, each on its own thread, as soon as its time is
/// reached and the thread is free.
pub(super) struct Playback {
    begin: Instant,
    /// The remaining operations of each thread, with their indices in the schedule.
    threads: BTreeMap<usize, VecDeque<(usize, ScheduledOp)>>,
}

impl Playback {
    /// Replays these operations of a schedule that begins at `begin`.
    pub(super) fn new(begin: Instant, operations: Vec<ScheduledOp>) -> Self {
        let mut threads = BTreeMap::<_, VecDeque<_>>::new();
        for (position, operation) in operations.into_iter().enumerate() {
            threads
                .entry(operation.thread)
                .or_default()
                .push_back((position, operation));
        }
        Self { begin, threads }
    }
}

impl Generator for Playback {
    fn next(&mut self, free: &[usize], _: &mut Rng) -> Next {
        let first = |thread: &usize| {
            let (position, operation) = self.threads.get(thread)?.front()?;
            Some((operation.time, *position, *thread))
        };
        let Some((time, _, thread)) = free.iter().filter_map(first).min() else {
            return if self.threads.values().all(VecDeque::is_empty) {
                Next::Done
            } else {
                Next::Wait
            };
        };
        let begin = self.begin + time;
        if begin > time::now() {
            return Next::WaitUntil(begin);
        }
        let operation = self.threads.get_mut(&thread).and_then(VecDeque::pop_front);
        let (_, operation) = operation.expect("the thread has an operation");
        Next::Invoke(thread, operation.invocation)
    }
}
