//! The search for a bug: seed after seed until one fails, or the test that is to fail.

use std::process::Command;

use mael_tests::{Finished, run};

use super::bugs::Finder;
use super::copy::Copy;
use super::switches::VARIABLE;

/// How many seeds must suffice.
pub(super) const SEEDS: u64 = 1000;

/// How many seeds one process runs at most. The first runs one: most bugs need no more.
const MOST_AT_ONCE: u64 = 100;

/// What found a bug.
#[derive(Debug)]
pub(super) struct Found {
    /// How many seeds had been tried then; None of a test.
    pub(super) seeds: Option<u64>,
    /// What was wrong.
    pub(super) what: String,
}

/// Looks for what fails with a bug, or without, in so many seeds at most.
///
/// # Panics
/// When something ends in another way than with a verdict.
pub(super) fn search(copy: &Copy, finder: Finder, bug: Option<&str>, seeds: u64) -> Option<Found> {
    match finder {
        Finder::Simulation(arguments) => first_failing(copy, arguments, bug, seeds),
        Finder::Test(suite, test) => {
            let finished = run(switch(&mut copy.test(suite, test), bug));
            let text = finished.text();
            let ran = text.contains("\nrunning 1 test\n");
            assert!(ran, "there is no test {test} in {suite}: {finished:?}");
            let failed = text.contains(" 1 failed;");
            failed.then(|| Found {
                seeds: None,
                what: "it fails".to_owned(),
            })
        }
    }
}

/// Switches a bug on.
fn switch<'a>(command: &'a mut Command, bug: Option<&str>) -> &'a mut Command {
    let on = bug.map(|bug| (VARIABLE, bug));
    command.env_remove(VARIABLE).envs(on)
}

fn first_failing(copy: &Copy, arguments: &str, bug: Option<&str>, seeds: u64) -> Option<Found> {
    let (mut first, mut count) = (0, 1);
    while first < seeds {
        count = count.min(seeds - first);
        let finished = sweep(copy, arguments, bug, first, count);
        let status = finished.code();
        let is_verdict = [0, 1, 2, 255].contains(&status);
        assert!(is_verdict, "{bug:?} in {arguments}: {finished:?}");
        let found = finished.text().lines().find_map(failing);
        if found.is_some() {
            return found;
        }
        let diverges = finished.text().contains(" diverges");
        assert!(!diverges, "{bug:?} in {arguments}: {finished:?}");
        first += count;
        count = MOST_AT_ONCE.min(5 * count);
    }
    None
}

/// Runs so many seeds. Several searches run at once, so each takes one thread.
fn sweep(copy: &Copy, arguments: &str, bug: Option<&str>, first: u64, count: u64) -> Finished {
    let (node, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
    let mut command = copy.sim();
    command
        .args([node, "--threads=1", "--no-shrink"])
        .arg(format!("--seed={first}"))
        .arg(format!("--seeds={count}"))
        .args(rest.split_whitespace());
    run(switch(&mut command, bug))
}

/// What a line says of a seed that fails, if it does.
fn failing(line: &str) -> Option<Found> {
    let (seed, rest) = line.strip_prefix("seed ")?.split_once(" fails: ")?;
    let what = rest.split(';').next()?.to_owned();
    let seed: u64 = seed.parse().ok()?;
    let seeds = Some(seed + 1);
    Some(Found { seeds, what })
}
