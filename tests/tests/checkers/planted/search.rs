//! Searches for a bug that a patch plants: runs seeds until one fails, or the test that must fail.

use mael_tests::planted::patches::{Finder, Patch};
use mael_tests::run;

use super::copy::Copy;

/// The number of seeds within which a bug must be found.
pub(super) const SEEDS: u64 = 1000;

/// The maximum number of seeds per process. The first process runs one, which suffices for most
/// bugs.
const MAX_SEEDS_PER_PROCESS: u64 = 100;

/// The outcome of a search.
pub(super) enum Outcome {
    /// The failure, with the number of seeds if it is a simulation.
    Found(String, Option<u64>),
    /// Nothing failed.
    Missed,
    /// The patch no longer applies to the sources.
    DoesNotApply,
}

/// Applies a patch and searches for a failure.
///
/// # Panics
/// Panics if the patched sources can't be built, or a command ends without a verdict.
pub(super) fn search(copy: &Copy, patch: &Patch) -> Outcome {
    let outcome = if copy.apply(patch) {
        find(copy, patch.found_by, SEEDS)
    } else {
        Outcome::DoesNotApply
    };
    copy.restore();
    outcome
}

/// Searches for a failure of the sources in the copy, with at most `seeds` seeds.
pub(super) fn find(copy: &Copy, found_by: Finder, seeds: u64) -> Outcome {
    match found_by {
        Finder::Simulation { arguments, .. } => {
            copy.build();
            first_failing(copy, arguments, seeds)
        }
        Finder::Test { suite, test } => {
            let output = copy.test(suite, test).output().expect("cargo can be run");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                text.contains("\nrunning 1 test\n"),
                "no test {test} in {suite}: {output:?}"
            );
            if text.contains(" 1 failed;") {
                Outcome::Found("the test".to_owned(), None)
            } else {
                Outcome::Missed
            }
        }
    }
}

fn first_failing(copy: &Copy, arguments: &str, seeds: u64) -> Outcome {
    let (node, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
    let (mut first, mut count) = (0, 1);
    while first < seeds {
        count = count.min(seeds - first);
        let mut command = copy.sim();
        command
            .args([node, "--no-shrink"])
            .arg(format!("--seed={first}"))
            .arg(format!("--seeds={count}"))
            .args(rest.split_whitespace());
        let finished = run(&mut command);
        let is_verdict = [0, 1, 2, 255].contains(&finished.code());
        let diverges = finished.text().contains(" diverges");
        assert!(is_verdict && !diverges, "{arguments}: {finished:?}");
        // Seeds run concurrently, and are printed in the order in which they end.
        let failing = finished.text().lines().filter_map(failing);
        if let Some((seed, what)) = failing.min() {
            return Outcome::Found(what, Some(seed + 1));
        }
        first += count;
        count = MAX_SEEDS_PER_PROCESS.min(5 * count);
    }
    Outcome::Missed
}

/// Parses a line that reports a failing seed: the seed and its anomalies.
fn failing(line: &str) -> Option<(u64, String)> {
    let (seed, rest) = line.strip_prefix("seed ")?.split_once(" fails: ")?;
    let what = rest.split(';').next()?;
    Some((seed.parse().ok()?, what.to_owned()))
}
