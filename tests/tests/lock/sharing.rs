//! Tests callers that share a hold, and operations that need no hold.

use mael_sim::simulation::{ms, secs};

use crate::calls::{add, corrupt, peek};
use crate::schedule::{NEAR, NODES, Outcome, ROUND_TRIP, run_calls};

#[test]
fn callers_of_one_node_share_a_hold() {
    let outcome = run_calls(NEAR, (0..100).map(|number| add(number).on(0, secs(0))));
    assert_eq!(outcome.numbers.len(), 100);
    assert_eq!(outcome.swaps, 1);
}

#[test]
fn each_caller_sees_the_value_left_by_the_previous_one() {
    let outcome = run_calls(NEAR, (0..100).map(|number| add(number).on(0, secs(0))));
    for (before, number) in outcome.numbers.iter().enumerate() {
        let done = outcome.done(*number as usize);
        assert_eq!(done.numbers, outcome.numbers[..before]);
    }
}

#[test]
fn a_single_caller_needs_one_compare_and_set_unless_it_waits() {
    let swaps = |wait| {
        let calls = (0..10).map(|number| add(number).holding(wait).on(0, secs(number)));
        run_calls(NEAR, calls).swaps
    };
    assert_eq!((swaps(ms(0)), swaps(ms(1))), (10, 20));
}

#[test]
fn a_caller_that_waits_keeps_the_changes_of_earlier_callers() {
    let calls = [
        add(1).on(0, ms(0)),
        add(2).holding(ms(50)).on(0, ms(0)),
        add(3).on(0, ms(0)),
    ];
    let outcome = run_calls(NEAR, calls);
    assert_eq!((outcome.numbers.len(), outcome.swaps), (3, 2));
    assert!(
        outcome
            .results
            .iter()
            .all(|result| result.as_ref().unwrap().runs == 1)
    );
}

#[test]
fn a_caller_with_a_stale_value_is_rerun() {
    let calls = [
        add(1).on(0, ms(0)),
        add(2).on(1, ms(100)),
        add(3).on(0, ms(200)),
    ];
    let outcome = run_calls(NEAR, calls);
    assert_eq!(outcome.numbers, [1, 2, 3]);
    assert_eq!(
        (outcome.done(2).runs, &*outcome.done(2).numbers),
        (2, &[1, 2][..])
    );
}

#[test]
fn nodes_take_turns() {
    let both = (0..20).map(|number| add(number).on(number as usize % 2, ms(37 * number)));
    let outcome = run_calls(NEAR, both);
    let mut numbers = outcome.numbers.clone();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert!(outcome.results.iter().all(Result::is_ok));
}

/// Runs three concurrent callers, the second of which ends as `then` specifies.
fn three_callers_of_which_one_will(then: &'static str) -> Outcome {
    let second = add(2).then(then).with_short_deadline_on(0, ms(1));
    run_calls(NEAR, [add(1).on(0, ms(0)), second, add(3).on(0, ms(2))])
}

#[test]
fn an_error_discards_only_its_own_change() {
    let outcome = three_callers_of_which_one_will("fail");
    assert!(outcome.results[1].as_ref().unwrap_err().contains(":abort"));
    assert_eq!((outcome.numbers, outcome.swaps), (vec![1, 3], 1));
}

#[test]
fn a_panic_discards_only_its_own_change() {
    let outcome = three_callers_of_which_one_will("panic");
    assert!(outcome.results[1].as_ref().unwrap_err().contains(":crash"));
    assert_eq!((outcome.numbers, outcome.swaps), (vec![1, 3], 1));
}

#[test]
fn a_caller_that_is_cancelled_discards_only_its_own_change() {
    let outcome = three_callers_of_which_one_will("hang");
    assert!(
        outcome.results[1]
            .as_ref()
            .unwrap_err()
            .contains(":timeout")
    );
    assert_eq!((outcome.numbers, outcome.swaps), (vec![1, 3], 2));
}

#[test]
fn peek_returns_the_last_committed_value_while_another_node_holds_the_lock() {
    let holder = add(2).holding(ms(800)).on(0, ms(100));
    let outcome = run_calls(NEAR, [add(1).on(0, ms(0)), holder, peek(1, ms(400))]);
    assert_eq!(outcome.done(2).numbers, [1]);
    assert!(outcome.done(2).took() < ROUND_TRIP);
}

#[test]
fn peek_does_not_acquire_the_lock() {
    let outcome = run_calls(NEAR, (0..20).map(|call| peek(call % NODES, ms(0))));
    assert!(outcome.results.iter().all(Result::is_ok));
    assert_eq!(outcome.swaps, 0);
}

#[test]
fn the_locks_of_different_keys_do_not_wait_for_each_other() {
    let holder = add(1).to(1).holding(ms(800)).on(0, ms(0));
    let outcome = run_calls(NEAR, [holder, add(2).to(2).on(1, ms(100))]);
    assert!(outcome.done(1).waited() < 2 * ROUND_TRIP);
}

#[test]
fn all_callers_get_an_error_when_the_key_does_not_hold_a_lock() {
    let callers = (1..=3).map(|number| add(number).on(1, ms(200)));
    let outcome = run_calls(NEAR, [corrupt()].into_iter().chain(callers));
    for result in &outcome.results[1..] {
        let error = result.as_ref().expect_err("the key does not hold a lock");
        assert!(error.contains(":crash"), "{error}");
        assert!(error.contains("is not a lock"), "{error}");
    }
}
