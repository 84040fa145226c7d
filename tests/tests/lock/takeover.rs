//! Tests holders that are killed, and holders that exceed their lease.

use mael::time::Duration;
use mael_sim::simulation::{ms, secs};

use crate::calls::{abandon, add, chain};
use crate::lists::LEASE;
use crate::schedule::{BACK_OFF, NEAR, ROUND_TRIP, Schedule, run_calls};

/// Returns how long a node waits for a lock that `holder` never released, for each seed.
fn waits_for(holder: &'static str) -> Vec<Duration> {
    let wait = |seed| {
        let calls = vec![abandon(holder), add(2).on(1, ms(500))];
        let outcome = Schedule { calls }.run(NEAR, seed);
        assert_eq!(outcome.numbers, [1, 2]);
        outcome.done(1).waited()
    };
    (0..50).map(wait).collect()
}

#[test]
fn a_dead_holder_is_not_taken_over_before_its_lease_ends() {
    assert!(waits_for("n0").into_iter().all(|wait| wait >= LEASE));
}

#[test]
fn a_dead_holder_is_taken_over_within_a_back_off_and_a_round_trip_after_its_lease() {
    // The waiter's lease starts when it has read the owner of the lock, which takes one more round
    // trip.
    let longest = ROUND_TRIP + LEASE + BACK_OFF + ROUND_TRIP;
    assert!(waits_for("n0").into_iter().all(|wait| wait <= longest));
}

#[test]
fn a_restarted_node_does_not_own_the_lock_that_it_held() {
    assert!(waits_for("n1").into_iter().all(|wait| wait >= LEASE));
}

#[test]
fn an_acquisition_that_is_cancelled_in_flight_is_released() {
    // The caller reaches its deadline while the reply to its acquisition is in flight.
    let short_deadline = add(1).holding(ms(1)).with_short_deadline_on(0, ms(0));
    let outcome = run_calls(ms(100), [short_deadline, add(2).on(1, ms(320))]);
    assert!(
        outcome.results[0]
            .as_ref()
            .unwrap_err()
            .contains(":timeout")
    );
    assert!(outcome.done(1).waited() < LEASE);
    // The first caller has acquired and released the lock, the second has done both in one step.
    assert_eq!((outcome.numbers, outcome.swaps), (vec![2], 3));
}

#[test]
fn a_holder_that_exceeds_its_lease_is_rerun_on_the_newest_value() {
    let slow = add(1).holding(LEASE * 2).on(0, ms(0));
    let outcome = run_calls(NEAR, [slow, add(2).on(1, ms(100))]);
    assert_eq!(
        (outcome.done(0).runs, &*outcome.done(0).numbers),
        (2, &[2][..])
    );
    assert_eq!(outcome.numbers, [2, 1]);
}

#[test]
fn a_holder_may_exceed_its_lease_without_contention() {
    let slow = add(1).holding(LEASE * 2).on(0, ms(0));
    let outcome = run_calls(NEAR, [slow]);
    assert_eq!(outcome.done(0).runs, 1);
}

#[test]
fn an_entry_written_after_its_hold_was_lost_is_not_visible() {
    let slow = add(1).holding(LEASE * 2).link_on(0, ms(0));
    let quick = add(2).link_on(1, ms(100));
    let outcome = run_calls(NEAR, [slow, quick, chain(0, secs(5)), chain(1, secs(5))]);
    assert_eq!(outcome.done(0).runs, 2);
    assert_eq!(outcome.done(2).numbers, [2, 1]);
    assert_eq!(outcome.done(3).numbers, [2, 1]);
}
