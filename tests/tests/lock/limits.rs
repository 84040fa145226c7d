//! Tests the limits of a hold: its number of callers and its duration.

use mael::time::Duration;
use mael_sim::simulation::{ms, secs};

use crate::calls::{add, no_change};
use crate::lists::LEASE;
use crate::schedule::{NEAR, Outcome, run_calls};

/// The maximum number of callers that share a hold.
const MAX_CALLERS: u64 = 128;

/// The number of holds in which a caller waits: one compare-and-set to acquire, one to commit.
fn holds(outcome: &Outcome) -> usize {
    assert!(outcome.results.iter().all(Result::is_ok));
    outcome.swaps / 2
}

/// The number of holds in which no caller waits: one compare-and-set acquires and commits.
fn quick_holds(outcome: &Outcome) -> usize {
    assert!(outcome.results.iter().all(Result::is_ok));
    outcome.swaps
}

#[test]
fn a_hold_is_shared_by_at_most_128_callers() {
    let all_at_once =
        |callers| run_calls(NEAR, (0..callers).map(|number| add(number).on(0, secs(0))));
    assert_eq!(quick_holds(&all_at_once(MAX_CALLERS)), 1);
    assert_eq!(quick_holds(&all_at_once(MAX_CALLERS + 1)), 2);
}

/// Callers that arrive at the same time and hold the lock for `each`.
fn slow_callers(callers: u64, each: Duration) -> Outcome {
    run_calls(
        NEAR,
        (0..callers).map(|number| add(number).holding(each).on(0, secs(0))),
    )
}

#[test]
fn a_hold_is_closed_after_half_a_lease() {
    // The last of them starts just before or just after half a lease.
    let (before, after) = (LEASE / 10 - ms(2), LEASE / 10 + ms(2));
    assert_eq!(holds(&slow_callers(6, before)), 1);
    assert_eq!(holds(&slow_callers(6, after)), 2);
    assert_eq!(holds(&slow_callers(12, before)), 2);
}

#[test]
fn one_caller_may_hold_the_lock_for_longer_than_half_a_lease() {
    let outcome = slow_callers(2, LEASE * 3 / 4);
    assert_eq!((holds(&outcome), outcome.numbers), (2, vec![0, 1]));
}

#[test]
fn a_commit_without_a_change_is_acknowledged_and_leaves_the_value() {
    let outcome = run_calls(
        NEAR,
        [
            add(1).on(0, ms(0)),
            no_change(0, ms(200)),
            no_change(1, ms(400)),
        ],
    );
    // Node 1 has to read the register first.
    assert_eq!(quick_holds(&outcome), 3);
    assert_eq!(outcome.numbers, [1]);
    assert_eq!(outcome.done(2).numbers, [1]);
}

#[test]
fn callers_without_a_change_keep_the_changes_of_others() {
    let calls = [
        no_change(0, ms(0)),
        add(1).on(0, ms(1)),
        no_change(0, ms(2)),
    ];
    let outcome = run_calls(NEAR, calls);
    assert_eq!((quick_holds(&outcome), &*outcome.numbers), (1, &[1][..]));
    assert!(outcome.done(0).numbers.is_empty());
    assert_eq!(outcome.done(2).numbers, [1]);
}
