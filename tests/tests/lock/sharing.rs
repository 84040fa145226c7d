//! Callers that share a hold, and those that need none.

use mael_sim::simulation::{ms, secs};

use crate::calls::{add, peek, spoil};
use crate::script::{NEAR, NODES, Played, ROUND_TRIP, play};

#[test]
fn callers_of_one_node_share_a_hold() {
    let played = play(NEAR, (0..100).map(|number| add(number).on(0, secs(0))));
    assert_eq!(played.numbers.len(), 100);
    assert_eq!(played.swaps, 1);
}

#[test]
fn each_caller_sees_what_the_one_before_left() {
    let played = play(NEAR, (0..100).map(|number| add(number).on(0, secs(0))));
    for (before, number) in played.numbers.iter().enumerate() {
        let done = played.done(*number as usize);
        assert_eq!(done.numbers, played.numbers[..before]);
    }
}

#[test]
fn a_caller_alone_needs_one_compare_and_set_unless_it_has_to_wait() {
    let swaps = |wait| {
        let calls = (0..10).map(|number| add(number).holding(wait).on(0, secs(number)));
        play(NEAR, calls).swaps
    };
    assert_eq!((swaps(ms(0)), swaps(ms(1))), (10, 20));
}

#[test]
fn a_caller_that_has_to_wait_keeps_what_the_callers_before_it_left() {
    let calls = [
        add(1).on(0, ms(0)),
        add(2).holding(ms(50)).on(0, ms(0)),
        add(3).on(0, ms(0)),
    ];
    let played = play(NEAR, calls);
    assert_eq!((played.numbers.len(), played.swaps), (3, 2));
    assert!(
        played
            .results
            .iter()
            .all(|told| told.as_ref().unwrap().runs == 1)
    );
}

#[test]
fn a_caller_whose_value_was_old_runs_again() {
    let calls = [
        add(1).on(0, ms(0)),
        add(2).on(1, ms(100)),
        add(3).on(0, ms(200)),
    ];
    let played = play(NEAR, calls);
    assert_eq!(played.numbers, [1, 2, 3]);
    assert_eq!(
        (played.done(2).runs, &*played.done(2).numbers),
        (2, &[1, 2][..])
    );
}

#[test]
fn nodes_take_turns() {
    let both = (0..20).map(|number| add(number).on(number as usize % 2, ms(37 * number)));
    let played = play(NEAR, both);
    let mut numbers = played.numbers.clone();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert!(played.results.iter().all(Result::is_ok));
}

/// Three callers at once, the second of which comes to another end.
fn three_of_whom_one_will(then: &'static str) -> Played {
    let second = add(2).then(then).hasty_on(0, ms(1));
    play(NEAR, [add(1).on(0, ms(0)), second, add(3).on(0, ms(2))])
}

#[test]
fn an_error_discards_only_its_own_change() {
    let played = three_of_whom_one_will("fail");
    assert!(played.results[1].as_ref().unwrap_err().contains(":abort"));
    assert_eq!((played.numbers, played.swaps), (vec![1, 3], 1));
}

#[test]
fn a_panic_discards_only_its_own_change() {
    let played = three_of_whom_one_will("panic");
    assert!(played.results[1].as_ref().unwrap_err().contains(":crash"));
    assert_eq!((played.numbers, played.swaps), (vec![1, 3], 1));
}

#[test]
fn a_caller_that_is_cancelled_discards_only_its_own_change() {
    let played = three_of_whom_one_will("hang");
    assert!(played.results[1].as_ref().unwrap_err().contains(":timeout"));
    assert_eq!((played.numbers, played.swaps), (vec![1, 3], 2));
}

#[test]
fn peek_tells_the_last_committed_value_while_another_node_holds_the_lock() {
    let holder = add(2).holding(ms(800)).on(0, ms(100));
    let played = play(NEAR, [add(1).on(0, ms(0)), holder, peek(1, ms(400))]);
    assert_eq!(played.done(2).numbers, [1]);
    assert!(played.done(2).took() < ROUND_TRIP);
}

#[test]
fn peek_takes_no_lock() {
    let played = play(NEAR, (0..20).map(|call| peek(call % NODES, ms(0))));
    assert!(played.results.iter().all(Result::is_ok));
    assert_eq!(played.swaps, 0);
}

#[test]
fn the_locks_of_different_keys_do_not_wait_for_each_other() {
    let holder = add(1).to(1).holding(ms(800)).on(0, ms(0));
    let played = play(NEAR, [holder, add(2).to(2).on(1, ms(100))]);
    assert!(played.done(1).waited() < 2 * ROUND_TRIP);
}

#[test]
fn all_callers_are_told_when_the_key_holds_no_lock() {
    let callers = (1..=3).map(|number| add(number).on(1, ms(200)));
    let played = play(NEAR, [spoil()].into_iter().chain(callers));
    for told in &played.results[1..] {
        let error = told.as_ref().expect_err("there is no lock");
        assert!(error.contains(":crash"), "{error}");
        assert!(error.contains("is not a lock"), "{error}");
    }
}
