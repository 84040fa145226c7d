//! Convergence of histories by hand.

use mael_checkers::convergent;
use mael_history::{HistoryBuilder, Kind, Validity, Value};

use crate::objects::{GrowOnlySet, Register, Specified};

/// Adds an operation that is invoked and completed, or whose outcome is unknown.
fn add(builder: &mut HistoryBuilder, process: usize, f: &'static str, value: i64, kind: Kind) {
    builder.operation(process, Kind::Invoke, f, value);
    builder.operation(process, kind, f, value);
}

fn read(builder: &mut HistoryBuilder, process: usize, value: Value) {
    builder.last_operation(process, Kind::Invoke, "read", Value::Nil);
    builder.last_operation(process, Kind::Ok, "read", value);
}

fn list(elements: &[i64]) -> Value {
    Value::List(elements.iter().copied().map(Value::from).collect())
}

#[test]
fn final_reads_have_all_acknowledged_elements_and_the_same_unknown_ones() {
    for (first, second, valid) in [
        (&[1, 2][..], &[1, 2][..], true),
        (&[1, 2, 3], &[1, 2, 3], true),
        (&[1, 2, 3], &[1, 2], false),
        (&[1, 3], &[1, 3], false),
        (&[1, 2, 4], &[1, 2, 4], false),
    ] {
        for hints in [false, true] {
            let mut builder = HistoryBuilder::default();
            add(&mut builder, 0, "add", 1, Kind::Ok);
            add(&mut builder, 1, "add", 2, Kind::Ok);
            add(&mut builder, 2, "add", 3, Kind::Info);
            read(&mut builder, 3, list(first));
            read(&mut builder, 4, list(second));
            let model = Specified::<GrowOnlySet>::new(hints);
            let verdict = convergent::check(&model, &builder.history);
            assert_eq!(verdict.valid, Validity::from(valid), "{first:?} {second:?}");
        }
    }
}

#[test]
fn the_final_reads_that_differ_are_named_with_the_state() {
    let mut builder = HistoryBuilder::default();
    add(&mut builder, 0, "add", 1, Kind::Ok);
    add(&mut builder, 1, "add", 2, Kind::Ok);
    read(&mut builder, 2, list(&[1, 2]));
    read(&mut builder, 3, list(&[2]));
    let verdict = convergent::check(&Specified::<GrowOnlySet>::new(true), &builder.history);
    assert_eq!(
        verdict.explanation,
        [
            "1 of 2 final reads differ from the state that the acknowledged operations lead to, [1 2]: \
          read [2] of operation 7 (process 3, 0.007 s) (read returns [1 2], not [2])"
        ]
    );
    assert_eq!(verdict.results.get("model"), Some(&list(&[1, 2])));
    let Some(Value::List(reads)) = verdict.results.get("final-reads") else {
        panic!("{} has final reads", verdict.results);
    };
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0].get("index"), Some(&7.into()));
}

#[test]
fn each_process_keeps_its_order() {
    for (value, valid) in [(1, false), (2, true), (3, true)] {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, 0, "write", 1, Kind::Ok);
        add(&mut builder, 0, "write", 2, Kind::Ok);
        add(&mut builder, 1, "write", 3, Kind::Ok);
        read(&mut builder, 2, value.into());
        let verdict = convergent::check(&Specified::<Register>::new(true), &builder.history);
        assert_eq!(verdict.valid, Validity::from(valid), "{value}");
    }
}

#[test]
fn a_history_without_final_reads_is_unknown() {
    let mut builder = HistoryBuilder::default();
    add(&mut builder, 0, "add", 1, Kind::Ok);
    let verdict = convergent::check(&Specified::<GrowOnlySet>::new(true), &builder.history);
    assert_eq!(verdict.valid, Validity::Unknown);
    assert_eq!(verdict.explanation, ["no final read was answered"]);
}

#[test]
fn many_operations_that_commute_need_no_search() {
    for (last, valid) in [(200, true), (199, false)] {
        let mut builder = HistoryBuilder::default();
        for element in 0..200 {
            let kind = if element % 40 == 0 {
                Kind::Info
            } else {
                Kind::Ok
            };
            add(&mut builder, element as usize % 50, "add", element, kind);
        }
        read(&mut builder, 1_000, list(&(0..last).collect::<Vec<_>>()));
        let model = Specified::<GrowOnlySet>::new(true);
        let verdict = convergent::check_within(&model, &builder.history, 100_000_000);
        assert_eq!(
            verdict.valid,
            Validity::from(valid),
            "{:?}",
            verdict.explanation
        );
    }
}
