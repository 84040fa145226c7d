#![doc = include_str!("../../PLANTED.md")]

mod bugs;
mod copy;
mod search;
mod switches;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use mael_tests::workspace;

use bugs::{Bug, Finder, bugs, files};
use copy::Copy;
use search::{Found, SEEDS, search};
use switches::with_switches;

/// Does something with each item, in as many threads as there are cores, and gives what came of it
/// in the order of the items.
fn on_all_cores<T: Send, R: Send>(items: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let waiting = Mutex::new(items.into_iter().enumerate());
    let next = || waiting.lock().expect("nothing panics that holds it").next();
    let done = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some((place, item)) = next() {
            let result = act(item);
            let mut done = done.lock().expect("nothing panics that holds it");
            done.insert(place, result);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let done = done.into_inner().expect("nothing panics that holds it");
    done.into_values().collect()
}

/// The suites that find bugs.
fn suites() -> Vec<&'static str> {
    let suite = |(_, bug): (_, &'static Bug)| match bug.found_by {
        Finder::Test(suite, _) => Some(suite),
        Finder::Simulation(_) => None,
    };
    let suites: BTreeSet<&str> = bugs().into_iter().filter_map(suite).collect();
    suites.into_iter().collect()
}

/// Asserts that without a bug nothing fails in as many seeds as its bugs took.
fn assert_right(copy: &Copy, found: &[(&'static Bug, Option<Found>)]) {
    let mut finders = BTreeMap::new();
    for (bug, found) in found {
        let seeds = found.as_ref().and_then(|found| found.seeds);
        let seeds = seeds.unwrap_or(SEEDS);
        let most = finders.entry(bug.found_by).or_insert(seeds);
        *most = seeds.max(*most);
    }
    on_all_cores(finders.into_iter().collect(), |(finder, seeds)| {
        let found = search(copy, finder, None, seeds);
        assert!(found.is_none(), "{finder} fails without a bug: {found:?}");
    });
}

#[test]
#[ignore = "it takes minutes"]
fn each_bug_is_found() {
    let copy = Copy::build(&suites());
    let found = on_all_cores(bugs(), |(path, bug)| {
        let found = search(&copy, bug.found_by, Some(bug.name), SEEDS);
        println!("{}", table::row(path, bug, found.as_ref()));
        (bug, found)
    });
    let missed = found.iter().filter(|(_, found)| found.is_none());
    let missed: Vec<&str> = missed.map(|(bug, _)| bug.name).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
    assert_right(&copy, &found);
    table::write(&found);
}

#[test]
fn the_bugs_fit_the_sources() {
    for file in files() {
        with_switches(workspace(), file);
    }
}

#[test]
fn there_are_a_hundred_of_twenty_kinds() {
    let names: BTreeSet<&str> = bugs().iter().map(|(_, bug)| bug.name).collect();
    assert_eq!(names.len(), bugs().len(), "each has a name of its own");
    let kinds: BTreeSet<&str> = bugs().iter().map(|(_, bug)| bug.kind).collect();
    assert!(names.len() >= 100, "{}", names.len());
    assert!(kinds.len() >= 20, "{}: {kinds:?}", kinds.len());
}

#[test]
fn the_table_has_all_bugs() {
    let bugs = bugs();
    let keys: Vec<String> = bugs
        .iter()
        .map(|(path, bug)| table::key(path, bug))
        .collect();
    assert_eq!(table::keys(), keys, "the search writes the table anew");
}
