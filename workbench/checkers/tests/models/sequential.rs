//! Sequential consistency of histories by hand.

use mael_checkers::linearizable::CasRegister;
use mael_checkers::sequential;
use mael_history::{HistoryBuilder, Kind, Validity, Value};

/// Operations such as `(0, "write", 1)`, one after another, each acknowledged.
fn history(operations: &[(usize, &'static str, i64)]) -> HistoryBuilder {
    let mut builder = HistoryBuilder::default();
    for (process, f, value) in operations {
        let argument = match *f {
            "read" => Value::Nil,
            _ => (*value).into(),
        };
        builder.operation(*process, Kind::Invoke, f, argument);
        builder.operation(*process, Kind::Ok, f, *value);
    }
    builder
}

#[test]
fn a_stale_read_is_sequentially_consistent() {
    let stale = [
        (0, "write", 1),
        (0, "write", 2),
        (1, "read", 1),
        (1, "read", 2),
    ];
    let verdict = sequential::check(&CasRegister, &history(&stale).history);
    assert_eq!(verdict.valid, Validity::True);
}

#[test]
fn a_process_that_reads_its_own_write_too_late_is_explained() {
    let late = [
        (0, "write", 1),
        (1, "write", 2),
        (1, "read", 2),
        (0, "read", 1),
        (0, "read", 2),
        (1, "read", 1),
    ];
    let verdict = sequential::check(&CasRegister, &history(&late).history);
    assert_eq!(verdict.valid, Validity::False);
    assert_eq!(
        verdict.explanation,
        [
            "read 1 of operation 11 (process 1, 0.011 s) can't be placed in any order that keeps the \
          order of each process: after all operations that returned before it, the state could only \
          be {:value 2} (after write 2 of operation 3 (process 1, 0.003 s)); it would have fit after \
          write 1 of operation 1 (process 0, 0.001 s), but write 2 of operation 3 (process 1, 0.003 s) \
          followed"
        ]
    );
}

#[test]
fn two_processes_see_writes_in_the_same_order() {
    let opposite = [
        (0, "write", 1),
        (1, "write", 2),
        (2, "read", 1),
        (2, "read", 2),
        (3, "read", 2),
        (3, "read", 1),
    ];
    let verdict = sequential::check(&CasRegister, &history(&opposite).history);
    assert_eq!(verdict.valid, Validity::False);
}

#[test]
fn a_write_of_unknown_outcome_takes_effect_after_those_before_it_or_never() {
    for (reads, valid) in [(&[1, 2][..], true), (&[2, 1], false), (&[1], true)] {
        let mut builder = history(&[(0, "write", 1)]);
        builder.operation(0, Kind::Invoke, "write", 2);
        builder.operation(0, Kind::Info, "write", 2);
        for value in reads {
            builder.operation(1, Kind::Invoke, "read", Value::Nil);
            builder.operation(1, Kind::Ok, "read", *value);
        }
        let verdict = sequential::check(&CasRegister, &builder.history);
        assert_eq!(verdict.valid, Validity::from(valid), "{reads:?}");
    }
}

#[test]
fn a_search_that_needs_too_much_memory_is_unknown() {
    let opposite = [
        (0, "write", 1),
        (1, "write", 2),
        (2, "read", 1),
        (2, "read", 2),
        (3, "read", 2),
        (3, "read", 1),
    ];
    let verdict = sequential::check_within(&CasRegister, &history(&opposite).history, 1_000);
    assert_eq!(verdict.valid, Validity::Unknown);
    assert!(
        verdict.explanation[0].starts_with("gave up after"),
        "{:?}",
        verdict.explanation
    );
}
