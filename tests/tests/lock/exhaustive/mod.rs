//! Model checks the lock's protocol: explores all histories within bounds.
//!
//! The model explores [`mael::lock::protocol`] itself. Its nodes may do everything the lock does,
//! and more: they act on what they have read at any later time, take over a lock at any time, and
//! may settle an outcome by reading whenever they wait. Leases only ensure progress, so the model
//! has no time. A node that never acts again models one that was killed, and a restarted node is a
//! different node.
//!
//! A request stays on the network forever after it was sent. The store may process it at any time,
//! any number of times, or never, and the same applies to its replies. This covers delayed,
//! lost, duplicated and reordered messages.

mod model;
mod properties;
mod rules;
mod state;
mod steps;

use properties::{DONE, EPOCHS_COUNT, LOST, NONE_LOST, NONE_TWICE, SAFETY};
use rules::{Lock, Rules};
use stateright::{Checker, HasDiscoveries};

/// Explores the whole state space: every `always` property must hold and every `sometimes` property
/// must occur.
fn assert_holds(lock: Lock) {
    lock.explore(HasDiscoveries::AnyFailures)
        .assert_properties();
}

/// Asserts that a history under these rules violates the property.
fn assert_violates(rules: Rules, property: &'static str) {
    let lock = Lock::new(rules, &[2, 1], 6);
    let checker = lock.explore(HasDiscoveries::AnyOf([property].into()));
    checker.assert_any_discovery(property);
}

#[test]
fn two_nodes_satisfy_all_properties() {
    assert_holds(Lock::new(Rules::Right, &[2, 1], 4));
}

#[test]
#[ignore = "takes minutes even in an optimized build"]
fn two_nodes_satisfy_all_properties_within_larger_bounds() {
    assert_holds(Lock::new(Rules::Right, &[2, 2], 5));
}

#[test]
fn three_nodes_satisfy_all_safety_properties() {
    // Some of the outcomes can't occur within these bounds.
    let checker = Lock::new(Rules::Right, &[1, 1, 1], 2).explore(HasDiscoveries::AnyFailures);
    for property in SAFETY {
        checker.assert_no_discovery(property);
    }
}

#[test]
#[ignore = "takes minutes even in an optimized build"]
fn three_nodes_satisfy_all_properties_within_larger_bounds() {
    assert_holds(Lock::new(Rules::Right, &[1, 1, 1], 3));
}

#[test]
fn a_commit_that_compares_only_the_owner_loses_updates() {
    assert_violates(Rules::CommitOfAnyEpoch, NONE_LOST);
}

#[test]
fn a_commit_that_counts_any_later_commit_as_its_own_loses_updates() {
    assert_violates(Rules::AnyLaterCommitIsMine, NONE_LOST);
    assert_violates(Rules::AnyLaterCommitIsMine, DONE);
}

#[test]
fn a_commit_that_counts_another_nodes_commit_as_its_own_loses_updates() {
    assert_violates(Rules::AnyCommitFromThereIsMine, NONE_LOST);
    assert_violates(Rules::AnyCommitFromThereIsMine, DONE);
}

#[test]
fn an_acquisition_retried_with_a_new_epoch_skips_epochs() {
    // No update is lost, because the register records who has committed.
    assert_violates(Rules::RepeatedWithNewEpoch, EPOCHS_COUNT);
}

#[test]
fn an_acquisition_in_the_same_epoch_loses_updates() {
    assert_violates(Rules::AcquiredInSameEpoch, NONE_LOST);
}

#[test]
fn a_rejected_commit_that_is_assumed_lost_is_made_twice() {
    assert_violates(Rules::RefusedIsLost, NONE_TWICE);
    assert_violates(Rules::RefusedIsLost, LOST);
}

#[test]
fn an_indefinite_commit_that_is_assumed_lost_is_made_twice() {
    assert_violates(Rules::UnknownIsLost, NONE_TWICE);
    assert_violates(Rules::UnknownIsLost, LOST);
}
