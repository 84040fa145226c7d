//! Holders that die, and holders that are late.

use mael::time::Duration;
use mael_sim::simulation::{ms, secs};

use crate::calls::{abandon, add, chain};
use crate::lists::LEASE;
use crate::script::{BACK_OFF, NEAR, ROUND_TRIP, Script, play};

/// How long a node waits for a lock that `holder` has left behind, under some seeds.
fn waits_for(holder: &'static str) -> Vec<Duration> {
    let wait = |seed| {
        let plays = vec![abandon(holder), add(2).on(1, ms(500))];
        let played = Script { plays }.run(NEAR, seed);
        assert_eq!(played.numbers, [1, 2]);
        played.done(1).waited()
    };
    (0..50).map(wait).collect()
}

#[test]
fn a_dead_holder_is_left_its_lease() {
    assert!(waits_for("n0").into_iter().all(|wait| wait >= LEASE));
}

#[test]
fn a_dead_holder_is_taken_over_within_a_back_off_and_a_round_trip_after_its_lease() {
    // The waiter's lease begins once it has read who holds the lock, which is one more round trip.
    let longest = ROUND_TRIP + LEASE + BACK_OFF + ROUND_TRIP;
    assert!(waits_for("n0").into_iter().all(|wait| wait <= longest));
}

#[test]
fn a_node_does_not_take_an_earlier_start_of_itself_for_itself() {
    assert!(waits_for("n1").into_iter().all(|wait| wait >= LEASE));
}

#[test]
fn an_acquisition_that_is_cancelled_in_flight_is_released() {
    // The hasty caller gives up while the reply to its acquisition is on its way.
    let hasty = add(1).holding(ms(1)).hasty_on(0, ms(0));
    let played = play(ms(100), [hasty, add(2).on(1, ms(320))]);
    assert!(played.results[0].as_ref().unwrap_err().contains(":timeout"));
    assert!(played.done(1).waited() < LEASE);
    // The one has acquired and released the lock, the other has done both at once.
    assert_eq!((played.numbers, played.swaps), (vec![2], 3));
}

#[test]
fn a_holder_that_is_too_slow_runs_again_on_the_newest_value() {
    let slow = add(1).holding(LEASE * 2).on(0, ms(0));
    let played = play(NEAR, [slow, add(2).on(1, ms(100))]);
    assert_eq!(
        (played.done(0).runs, &*played.done(0).numbers),
        (2, &[2][..])
    );
    assert_eq!(played.numbers, [2, 1]);
}

#[test]
fn a_holder_that_is_not_waited_for_may_be_slow() {
    let slow = add(1).holding(LEASE * 2).on(0, ms(0));
    let played = play(NEAR, [slow]);
    assert_eq!(played.done(0).runs, 1);
}

#[test]
fn an_entry_that_is_written_after_its_hold_was_lost_is_in_nobodys_way() {
    let slow = add(1).holding(LEASE * 2).link_on(0, ms(0));
    let quick = add(2).link_on(1, ms(100));
    let played = play(NEAR, [slow, quick, chain(0, secs(5)), chain(1, secs(5))]);
    assert_eq!(played.done(0).runs, 2);
    assert_eq!(played.done(2).numbers, [2, 1]);
    assert_eq!(played.done(3).numbers, [2, 1]);
}
