//! Many seeds on all cores.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// Calls `run` for each seed, on as many threads as there are cores, and hands what it returns to
/// `take` on this thread, in the order in which the runs end.
///
/// # Panics
/// When `run` does.
pub(super) fn sweep<T: Send>(
    seeds: Range<u64>,
    run: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(T),
) {
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let next = AtomicU64::new(seeds.start);
    // As many results may wait as there are threads, so that memory does not grow with the seeds.
    let (done, results) = mpsc::sync_channel(threads as usize);
    thread::scope(|scope| {
        for _ in 0..threads.min(seeds.end.saturating_sub(seeds.start)) {
            let done = done.clone();
            scope.spawn(|| {
                let done = done;
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || done.send(run(seed)).is_err() {
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
        sweep(3..50, |seed| seed * 2, |double| seen.push(double));
        seen.sort_unstable();
        assert_eq!(seen, (3..50).map(|seed| seed * 2).collect::<Vec<_>>());
    }
}
