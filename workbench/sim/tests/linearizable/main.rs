//! Compares the linearizability checker with brute force over all orders.

mod models;
mod random;
mod text;

use fastrand::Rng;

use mael_checkers::linearizable::{CasRegister, Model};
use mael_history::{History, Kind, Operation, Validity, Value};
use mael_sim::Options;
use mael_sim::workloads::{LinKv, Workload};

use random::{Shape, indeterminate_writes, registers};

/// An operation that took effect or may have taken effect.
struct Interval {
    begin: usize,
    /// `None` if the outcome is unknown.
    end: Option<usize>,
    action: <CasRegister as Model>::Action,
}

/// Returns the value of an operation `[key value]`.
fn register_value(value: &Value) -> &Value {
    match value {
        Value::List(pair) => &pair[1],
        other => panic!("{other} has no key"),
    }
}

fn intervals(history: &History) -> Vec<Interval> {
    let pairs = history.pairs().unwrap().list.into_iter();
    let pairs = pairs.filter(|(_, end)| end.is_none_or(|end| end.kind != Kind::Fail));
    let interval = |(begin, end): (&Operation, Option<_>)| {
        let ok = end.filter(|end: &&Operation| end.kind == Kind::Ok);
        let result = ok.map(|end| &end.value);
        Interval {
            begin: begin.index,
            end: ok.map(|end| end.index),
            action: CasRegister
                .action(
                    &begin.f,
                    register_value(&begin.value),
                    result.map(register_value),
                )
                .unwrap(),
        }
    };
    pairs.map(interval).collect()
}

/// Tries all orders, and returns whether an order of all completed operations, and any of the
/// others, explains the results.
fn has_order(intervals: &mut Vec<Interval>, state: &Value) -> bool {
    if intervals.iter().all(|interval| interval.end.is_none()) {
        return true;
    }
    let first_end = intervals.iter().filter_map(|interval| interval.end).min();
    for place in 0..intervals.len() {
        // An operation can't precede one that completed before it was invoked.
        if Some(intervals[place].begin) > first_end {
            continue;
        }
        if let Ok(next) = CasRegister.step(state, &intervals[place].action) {
            let interval = intervals.remove(place);
            let found = has_order(intervals, &next);
            intervals.insert(place, interval);
            if found {
                return true;
            }
        }
    }
    false
}

/// Asserts that an order is valid: it contains each completed operation once, respects realtime
/// order, and the register allows it.
fn assert_order(history: &History, witness: &[usize]) {
    let place = |index: usize| witness.iter().position(|other| *other == index);
    let pairs = history.pairs().unwrap().list;
    let named = |(begin, end): &(&Operation, Option<&Operation>)| {
        let ok = end.filter(|end| end.kind == Kind::Ok);
        (begin.index, ok.map(|end| end.index))
    };
    let mut state = Value::Nil;
    for index in witness {
        let name = |pair: &&(_, _)| {
            let (begin, end) = named(pair);
            end.unwrap_or(begin) == *index
        };
        let (begin, end) = pairs.iter().find(name).unwrap();
        assert!(end.is_none_or(|end| end.kind != Kind::Fail));
        let result = end.filter(|end| end.kind == Kind::Ok).map(|end| &end.value);
        let action = CasRegister.action(
            &begin.f,
            register_value(&begin.value),
            result.map(register_value),
        );
        state = CasRegister.step(&state, &action.unwrap()).unwrap();
    }
    for (before, after) in pairs.iter().flat_map(|a| pairs.iter().map(move |b| (a, b))) {
        let (begin, Some(end)) = named(before) else {
            continue;
        };
        assert!(place(end).is_some(), "operation {begin} is in the order");
        let (later, later_end) = named(after);
        if end < later
            && let Some(later) = place(later_end.unwrap_or(later))
        {
            assert!(place(end) < Some(later));
        }
    }
    let mut once = witness.to_vec();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), witness.len());
}

/// Returns the history before an index, without operations that failed after it.
fn before(history: &History, index: usize) -> History {
    let pairs = history.pairs().unwrap().list.into_iter();
    let failed = pairs.filter(|(_, end)| end.is_some_and(|end| end.kind == Kind::Fail));
    let failed = failed.flat_map(|(begin, end)| [Some(begin), end]);
    let failed: Vec<usize> = failed.flatten().map(|operation| operation.index).collect();
    let mut operations = history.0[..index].to_vec();
    operations.retain(|operation| !failed.contains(&operation.index));
    History(operations)
}

fn compare(random: &mut Rng) -> Validity {
    let shape = Shape {
        processes: random.usize(1..6),
        operations: random.usize(..10),
        keys: 1,
        values: random.u64(1..5),
        indeterminate: [0.0, 0.2, 0.5][random.usize(..3)],
        lies: [0.0, 0.2, 0.6][random.usize(..3)],
    };
    let history = registers(shape, random);
    let expected = has_order(&mut intervals(&history), &Value::Nil);
    let verdict = LinKv.check(&Options::default(), &history);
    assert_eq!(
        verdict.valid,
        Validity::from(expected),
        "{history:#?} {:?}",
        verdict.explanation
    );
    let Some(results) = verdict.results.get("results") else {
        panic!("{} has results", verdict.results);
    };
    let Value::Map(results) = results else {
        panic!()
    };
    let Some(results) = results.get(&0.into()) else {
        return verdict.valid;
    };
    let results = results.get("linearizable").unwrap();
    if expected {
        assert_order(&history, &witness(results));
    } else {
        // The reported operation is the first that can't be linearized: there is an order without
        // it, but none with it.
        let op = results.get("op").unwrap();
        let Some(Value::Int(index)) = op.get("index") else {
            panic!("{op} has an index");
        };
        let index = index.to().expect("an index fits into 64 bits");
        assert!(has_order(
            &mut intervals(&before(&history, index)),
            &Value::Nil
        ));
        assert!(!has_order(
            &mut intervals(&before(&history, index + 1)),
            &Value::Nil
        ));
    }
    verdict.valid
}

fn witness(results: &Value) -> Vec<usize> {
    let Some(Value::List(witness)) = results.get("witness") else {
        panic!("{results} has a witness");
    };
    let index = |value: &Value| match value {
        Value::Int(index) => index.to().expect("an index fits into 64 bits"),
        other => panic!("{other} is not an index"),
    };
    witness.iter().map(index).collect()
}

fn compare_many(cases: u64) {
    let mut invalid = 0;
    for seed in 0..cases {
        let valid = compare(&mut Rng::with_seed(seed));
        invalid += u64::from(valid == Validity::False);
    }
    // Neither verdict is rare.
    assert!(invalid * 5 > cases && invalid * 5 < cases * 4, "{invalid}");
}

#[test]
fn verdicts_on_small_histories_match_brute_force() {
    compare_many(2_000);
}

#[test]
#[ignore = "a sweep of 200,000 histories"]
fn verdicts_on_many_small_histories_match_brute_force() {
    compare_many(200_000);
}

#[test]
fn thirty_indeterminate_writes_are_decided() {
    for valid in [true, false] {
        let history = indeterminate_writes(30, valid);
        let verdict = LinKv.check(&Options::default(), &history);
        assert_eq!(verdict.valid, Validity::from(valid));
    }
}

#[test]
fn many_clients_and_unknown_outcomes_are_decided() {
    for seed in 0..4 {
        let shape = Shape {
            processes: 20,
            operations: 200,
            keys: 1,
            values: 20,
            indeterminate: 0.1,
            lies: 0.02,
        };
        let right = registers(Shape { lies: 0.0, ..shape }, &mut Rng::with_seed(seed));
        let verdict = LinKv.check(&Options::default(), &right);
        assert_eq!(verdict.valid, Validity::True, "{:?}", verdict.explanation);
        let wrong = registers(shape, &mut Rng::with_seed(seed));
        let verdict = LinKv.check(&Options::default(), &wrong);
        assert_ne!(
            verdict.valid,
            Validity::Unknown,
            "{:?}",
            verdict.explanation
        );
    }
}
