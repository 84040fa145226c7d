//! The limits of a hold.

use mael::time::Duration;
use mael_sim::simulation::{ms, secs};

use crate::calls::{add, idle};
use crate::lists::LEASE;
use crate::script::{NEAR, Played, play};

/// How many callers may share a hold.
const MOST_CALLERS: u64 = 128;

/// Holds in which somebody has to wait: one compare-and-set to acquire, one to commit.
fn holds(played: &Played) -> usize {
    assert!(played.results.iter().all(Result::is_ok));
    played.swaps / 2
}

/// Holds in which nobody has to wait: one compare-and-set.
fn quick_holds(played: &Played) -> usize {
    assert!(played.results.iter().all(Result::is_ok));
    played.swaps
}

#[test]
fn a_hold_is_shared_by_at_most_128_callers() {
    let all_at_once = |callers| play(NEAR, (0..callers).map(|number| add(number).on(0, secs(0))));
    assert_eq!(quick_holds(&all_at_once(MOST_CALLERS)), 1);
    assert_eq!(quick_holds(&all_at_once(MOST_CALLERS + 1)), 2);
}

/// Callers who come at once, and hold the lock for this long each.
fn slow_callers(callers: u64, each: Duration) -> Played {
    play(
        NEAR,
        (0..callers).map(|number| add(number).holding(each).on(0, secs(0))),
    )
}

#[test]
fn a_hold_is_closed_after_half_a_lease() {
    // The last of them begins just before, and just after half a lease.
    let (before, after) = (LEASE / 10 - ms(2), LEASE / 10 + ms(2));
    assert_eq!(holds(&slow_callers(6, before)), 1);
    assert_eq!(holds(&slow_callers(6, after)), 2);
    assert_eq!(holds(&slow_callers(12, before)), 2);
}

#[test]
fn one_caller_may_hold_the_lock_for_longer_than_half_a_lease() {
    let played = slow_callers(2, LEASE * 3 / 4);
    assert_eq!((holds(&played), played.numbers), (2, vec![0, 1]));
}

#[test]
fn a_commit_without_a_change_is_acknowledged_and_leaves_the_value() {
    let played = play(
        NEAR,
        [add(1).on(0, ms(0)), idle(0, ms(200)), idle(1, ms(400))],
    );
    // Node 1 has to look first.
    assert_eq!(quick_holds(&played), 3);
    assert_eq!(played.numbers, [1]);
    assert_eq!(played.done(2).numbers, [1]);
}

#[test]
fn callers_without_a_change_are_no_reason_to_lose_that_of_another() {
    let plays = [idle(0, ms(0)), add(1).on(0, ms(1)), idle(0, ms(2))];
    let played = play(NEAR, plays);
    assert_eq!((quick_holds(&played), &*played.numbers), (1, &[1][..]));
    assert!(played.done(0).numbers.is_empty());
    assert_eq!(played.done(2).numbers, [1]);
}
