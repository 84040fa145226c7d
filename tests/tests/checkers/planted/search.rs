//! The search for a bug that a patch plants: seed after seed until one fails, or the test that must
//! fail.

use mael_tests::planted::patches::{Finder, Patch};
use mael_tests::run;

use super::copy::Copy;

/// How many seeds must suffice.
pub(super) const SEEDS: u64 = 1000;

/// How many seeds one process runs at most. The first runs one: most bugs need no more.
const MOST_AT_ONCE: u64 = 100;

/// What came of a search.
pub(super) enum Outcome {
    /// This failed, after so many seeds if it is a simulation.
    Found(String, Option<u64>),
    /// Nothing failed.
    Missed,
    /// The sources have changed so much that the patch can't be applied to them.
    DoesNotApply,
}

/// Applies a patch, and searches for what fails with it.
///
/// # Panics
/// When the patched sources can't be built, or something ends in another way than with a verdict.
pub(super) fn search(copy: &Copy, patch: &Patch) -> Outcome {
    let outcome = match copy.apply(patch) {
        true => find(copy, patch.found_by, SEEDS),
        false => Outcome::DoesNotApply,
    };
    copy.restore();
    outcome
}

/// Searches for what fails in the sources as they are in the copy, in so many seeds at most.
pub(super) fn find(copy: &Copy, found_by: Finder, seeds: u64) -> Outcome {
    match found_by {
        Finder::Simulation { arguments, .. } => {
            copy.build();
            first_failing(copy, arguments, seeds)
        }
        Finder::Test { suite, test } => {
            let built = copy.test(suite, test).output().expect("cargo can be run");
            let text = String::from_utf8_lossy(&built.stdout);
            assert!(
                text.contains("\nrunning 1 test\n"),
                "there is no test {test} in {suite}: {built:?}"
            );
            match text.contains(" 1 failed;") {
                true => Outcome::Found("the test".to_owned(), None),
                false => Outcome::Missed,
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
        // Several seeds run at the same time, and the first to end is printed first.
        let failing = finished.text().lines().filter_map(failing);
        if let Some((seed, what)) = failing.min() {
            return Outcome::Found(what, Some(seed + 1));
        }
        first += count;
        count = MOST_AT_ONCE.min(5 * count);
    }
    Outcome::Missed
}

/// The seed that a line says fails, and what is wrong with it.
fn failing(line: &str) -> Option<(u64, String)> {
    let (seed, rest) = line.strip_prefix("seed ")?.split_once(" fails: ")?;
    let what = rest.split(';').next()?;
    Some((seed.parse().ok()?, what.to_owned()))
}
