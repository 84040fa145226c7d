//! Runs many seeds on all cores.

use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::output::print_error;

/// A sweep over seeds.
pub(crate) struct Sweep<'a> {
    pub(crate) seeds: RangeInclusive<u64>,
    /// The number of threads, or `None` for the number of cores.
    pub(crate) threads: Option<usize>,
    /// When it is set, no further seed starts.
    pub(crate) stop: &'a AtomicBool,
}

impl Sweep<'_> {
    /// Calls `run` for each seed, and passes the results to `take` on this thread, in the order in
    /// which the runs end. Runs start in the order of the seeds.
    ///
    /// # Panics
    /// Panics if `run` panics.
    pub(crate) fn run<T: Send>(&self, run: impl Fn(u64) -> T + Sync, mut take: impl FnMut(T)) {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.unwrap_or_else(cores);
        // The number of seeds that have started. This is not the next seed, which could overflow.
        let taken = AtomicU64::new(0);
        let (first, count) = (*self.seeds.start(), count(&self.seeds));
        // The channel is bounded, so that memory does not grow with the number of seeds.
        let (done, results) = mpsc::sync_channel(threads);
        let work = |done: mpsc::SyncSender<T>| {
            while !self.stop.load(Ordering::Relaxed) {
                let turn = taken.fetch_add(1, Ordering::Relaxed);
                if turn >= count || done.send(with_seed(first + turn, &run)).is_err() {
                    return;
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..(threads as u64).min(count) {
                let done = done.clone();
                scope.spawn(|| work(done));
            }
            drop(done);
            results.into_iter().for_each(&mut take);
        });
    }
}

/// Returns the number of seeds, up to `u64::MAX`.
pub(crate) fn count(seeds: &RangeInclusive<u64>) -> u64 {
    if seeds.is_empty() {
        return 0;
    }
    (seeds.end() - seeds.start()).saturating_add(1)
}

/// Runs a seed, and prints it if the run panics.
fn with_seed<T>(seed: u64, run: impl Fn(u64) -> T) -> T {
    catch_unwind(AssertUnwindSafe(|| run(seed))).unwrap_or_else(|panic| {
        print_error(&format!("seed {seed} panicked"));
        resume_unwind(panic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(seeds: RangeInclusive<u64>, threads: usize) -> Vec<u64> {
        let mut seen = Vec::new();
        let sweep = Sweep {
            seeds,
            threads: Some(threads),
            stop: &AtomicBool::new(false),
        };
        sweep.run(|seed| seed, |seed| seen.push(seed));
        seen.sort_unstable();
        seen
    }

    #[test]
    fn every_seed_runs_once() {
        for threads in [1, 7, 100] {
            assert_eq!(seen(3..=49, threads), (3..50).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_largest_seed_can_be_run() {
        assert_eq!(seen(u64::MAX..=u64::MAX, 2), [u64::MAX]);
    }

    #[test]
    fn no_seed_starts_after_stop_is_set() {
        let stop = AtomicBool::new(false);
        let sweep = Sweep {
            seeds: 0..=u64::MAX,
            threads: Some(3),
            stop: &stop,
        };
        let mut seen = Vec::new();
        sweep.run(
            |seed| {
                if seed == 20 {
                    stop.store(true, Ordering::Relaxed);
                }
                seed
            },
            |seed| seen.push(seed),
        );
        seen.sort_unstable();
        let all_before: Vec<u64> = (0..=20).collect();
        assert!(seen.starts_with(&all_before) && seen.len() < 1000);
    }
}
