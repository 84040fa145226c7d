#![doc = include_str!("../../PLANTED.md")]

mod bugs;
mod copy;
mod search;
mod switches;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use mael_tests::workspace;
use rayon::prelude::*;

use bugs::{Bug, Finder, bugs, files};
use copy::Copy;
use search::{Found, SEEDS, search};
use switches::with_switches;

/// The suites that find bugs.
fn suites() -> Vec<&'static str> {
    let suite = |(_, bug): (_, &'static Bug)| match bug.found_by {
        Finder::Test(suite, _) => Some(suite),
        Finder::Simulation(_) => None,
    };
    let bugs = bugs().into_iter().filter(|(_, bug)| is_asked_for(bug));
    let suites: BTreeSet<&str> = bugs.filter_map(suite).collect();
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
    finders.into_par_iter().for_each(|(finder, seeds)| {
        let found = search(copy, finder, None, seeds);
        assert!(found.is_none(), "{finder} fails without a bug: {found:?}");
    });
}

/// The environment variable that names bugs to search for, by what their names begin with and with
/// commas between; without it all are.
const ONLY: &str = "MAEL_PLANTED_ONLY";

fn is_asked_for(bug: &Bug) -> bool {
    let Ok(only) = std::env::var(ONLY) else {
        return true;
    };
    only.split(',').any(|name| bug.name.starts_with(name))
}

#[test]
#[ignore = "it takes minutes"]
fn each_bug_is_found() {
    let copy = Copy::build(&suites());
    let bugs = bugs().into_par_iter().filter(|(_, bug)| is_asked_for(bug));
    let bugs = bugs.map(|(path, bug)| {
        let found = search(&copy, bug.found_by, Some(bug.name), SEEDS);
        println!("{}", table::row(path, bug, found.as_ref()));
        (bug, found)
    });
    let found: Vec<_> = bugs.collect();
    let missed = found.iter().filter(|(_, found)| found.is_none());
    let missed: Vec<&str> = missed.map(|(bug, _)| bug.name).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
    assert_right(&copy, &found);
    table::write(&found);
}

#[test]
#[ignore = "the sources may change without the bugs; the search needs them to fit"]
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
