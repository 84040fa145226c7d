//! Many seeds on all cores.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// Calls `run` for each seed, on as many threads as there are cores, and hands what it returns to
/// `take` on this thread, in the order in which the runs end.
///
/// # Panics
/// When `run` does.
pub(super) fn sweep<T: Send>(
    seeds: RangeInclusive<u64>,
    run: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(T),
) {
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    // How many seeds have been taken; counted from 0, so that the last seed of all can be one.
    let taken = AtomicU64::new(0);
    let (first, last) = seeds.clone().into_inner();
    let count = if seeds.is_empty() {
        0
    } else {
        (last - first).saturating_add(1)
    };
    // As many results may wait as there are threads, so that memory does not grow with the seeds.
    let (done, results) = mpsc::sync_channel(threads as usize);
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            let done = done.clone();
            scope.spawn(|| {
                let done = done;
                loop {
                    let turn = taken.fetch_add(1, Ordering::Relaxed);
                    if turn >= count || done.send(run(first + turn)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        results.into_iter().for_each(&mut take);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_runs_once() {
        let mut seen = Vec::new();
        sweep(3..=49, |seed| seed * 2, |double| seen.push(double));
        seen.sort_unstable();
        assert_eq!(seen, (3..50).map(|seed| seed * 2).collect::<Vec<_>>());
    }
    #[test]
    fn the_last_seed_of_all_can_be_run() {
        let mut seen = Vec::new();
        sweep(u64::MAX..=u64::MAX, |seed| seed, |seed| seen.push(seed));
        assert_eq!(seen, [u64::MAX]);
    }
}
