//! Bugs in copies of `lin-kv`, which the feature `planted` has the build make: each is found.
//! `cargo test --release -p mael-tests --features planted --test raft -- --include-ignored bugs`

use mael::node::Handlers;
use mael_workbench::Fault::{Kill, Partition};
use mael_workbench::simulation::ms;

use super::runs::{is_linearizable, rough, short};
use super::script::{compares_logs, keeps_to_its_vote};

/// Copies of `lin-kv`, each with a bug.
mod planted {
    include!(concat!(env!("OUT_DIR"), "/planted_lin_kv.rs"));
}

/// The first of a thousand seeds that finds a node wrong, each seed in one of four kinds of run.
fn first_found<N: Handlers>() -> Option<u64> {
    let hectic = short::<N>().nemesis([Partition, Kill]).latency(ms(20));
    let simulations = [
        short::<N>(),
        rough::<N>(ms(0)),
        rough::<N>(ms(10)),
        hectic.nemesis_interval(ms(200)),
    ];
    (0..1000).find(|seed| {
        let simulation = &simulations[*seed as usize % simulations.len()];
        !is_linearizable(&simulation.run_seed(*seed))
    })
}

/// The bugs that are planted in `lin-kv`: for each, whether it is found.
macro_rules! bugs {
    ($($bug:ident)*) => {
        [$((stringify!($bug), first_found::<planted::$bug::LinKv> as fn() -> Option<u64>)),*]
    };
}

#[test]
fn what_must_outlive_a_kill_is_missed() {
    assert!(!keeps_to_its_vote::<
        planted::forgets_its_vote_when_killed::LinKv,
    >());
    assert!(!keeps_to_its_vote::<
        planted::forgets_its_term_when_killed::LinKv,
    >());
}

#[test]
fn logs_that_are_not_compared_are_noticed() {
    assert!(!compares_logs::<planted::votes_for_an_older_log::LinKv>());
    assert!(!compares_logs::<planted::votes_for_a_shorter_log::LinKv>());
    assert!(!compares_logs::<planted::overlooks_a_conflict::LinKv>());
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn bugs_are_found() {
    let bugs = bugs! {
        votes_twice
        votes_for_a_shorter_log
        leads_with_half_of_the_votes
        acknowledges_before_storing
        does_not_truncate
        truncates_for_an_old_message
        commits_what_half_of_the_nodes_have
        reads_its_own_state
        reads_before_its_first_commit
        applies_a_request_twice
        numbers_its_requests_anew_when_started
        denies_what_may_be_done
        does_not_apply_before_it_answers
    };
    let found = bugs.map(|(name, first_found)| (name, first_found()));
    for (name, seed) in found {
        println!("{name}: {seed:?}");
    }
    assert!(found.iter().all(|(_, seed)| seed.is_some()));
}
