//! Every history that the lock's protocol can have, within bounds.
//!
//! What is explored is [`mael::lock::protocol`] itself, with nodes around it that do what the lock
//! does, and more: they act on what they have read at any time later, take a lock over whenever
//! they like, and settle by reading whenever they wait. Leases are there for progress only, so the
//! model has no time. A node that never acts again is one that has died; one that starts
//! again is another.
//!
//! A request that has been sent stays on the network for ever. The store may take it at any time,
//! any number of times, or never, and so it is with its replies: that is to be delayed, lost,
//! duplicated and reordered.

mod model;
mod promises;
mod rules;
mod state;
mod steps;

use promises::{DONE, EPOCHS_COUNT, LOST, NONE_LOST, NONE_TWICE, PROMISES};
use rules::{Lock, Rules};
use stateright::{Checker, HasDiscoveries};

/// Explores all there is; every property must hold, and every outcome must be among it.
fn holds(lock: Lock) {
    lock.explore(HasDiscoveries::AnyFailures)
        .assert_properties();
}

/// Explores these rules up to a history in which the property does not hold.
fn breaks(rules: Rules, property: &'static str) {
    let lock = Lock::new(rules, &[2, 1], 6);
    let checker = lock.explore(HasDiscoveries::AnyOf([property].into()));
    checker.assert_any_discovery(property);
}

#[test]
fn two_nodes_keep_every_promise() {
    holds(Lock::new(Rules::Right, &[2, 1], 4));
}

#[test]
#[ignore = "it takes minutes even in an optimized build"]
fn two_nodes_keep_every_promise_for_longer() {
    holds(Lock::new(Rules::Right, &[2, 2], 5));
}

#[test]
fn three_nodes_keep_every_promise() {
    // These bounds are too narrow for some of the outcomes.
    let checker = Lock::new(Rules::Right, &[1, 1, 1], 2).explore(HasDiscoveries::AnyFailures);
    for property in PROMISES {
        checker.assert_no_discovery(property);
    }
}

#[test]
#[ignore = "it takes minutes even in an optimized build"]
fn three_nodes_keep_every_promise_for_longer() {
    holds(Lock::new(Rules::Right, &[1, 1, 1], 3));
}

#[test]
fn a_commit_that_asks_only_for_the_owner_loses_updates() {
    breaks(Rules::CommitOfAnyEpoch, NONE_LOST);
}

#[test]
fn a_commit_that_takes_any_later_one_for_its_own_loses_updates() {
    breaks(Rules::AnyLaterCommitIsMine, NONE_LOST);
    breaks(Rules::AnyLaterCommitIsMine, DONE);
}

#[test]
fn a_commit_that_takes_that_of_another_for_its_own_loses_updates() {
    breaks(Rules::AnyCommitFromThereIsMine, NONE_LOST);
    breaks(Rules::AnyCommitFromThereIsMine, DONE);
}

#[test]
fn an_acquisition_repeated_with_a_new_epoch_leaves_epochs_out() {
    // No update is lost by it, because the register tells who has committed.
    breaks(Rules::RepeatedWithNewEpoch, EPOCHS_COUNT);
}

#[test]
fn an_acquisition_in_the_same_epoch_loses_updates() {
    breaks(Rules::AcquiredInSameEpoch, NONE_LOST);
}

#[test]
fn a_refused_commit_that_is_taken_for_lost_is_made_twice() {
    breaks(Rules::RefusedIsLost, NONE_TWICE);
    breaks(Rules::RefusedIsLost, LOST);
}

#[test]
fn a_commit_of_unknown_outcome_that_is_taken_for_lost_is_made_twice() {
    breaks(Rules::UnknownIsLost, NONE_TWICE);
    breaks(Rules::UnknownIsLost, LOST);
}
