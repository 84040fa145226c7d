//! The checks against all orders of small random histories.

use fastrand::Rng;
use mael_checkers::linearizable::Model;
use mael_checkers::{convergent, linearizable, sequential};
use mael_history::{History, HistoryBuilder, Kind, Validity, Value};

use crate::brute_force::{Precedes, calls, has_order, in_program_order, in_real_time, is_order};
use crate::objects::{GrowOnlySet, Object, Queue, Register, Set, Specified, Stack};
use crate::random::{Shape, history};

fn shape(random: &mut Rng) -> Shape {
    Shape {
        processes: random.usize(1..5),
        operations: random.usize(3..6),
        concurrent: random.usize(1..5),
        unknown: [0.0, 0.2, 0.5][random.usize(..3)],
    }
}

/// Gives some operations the results of others of the same name.
fn lie(history: &mut History, random: &mut Rng) {
    for _ in 0..random.usize(..4) {
        let pairs = history
            .0
            .iter()
            .flat_map(|a| history.0.iter().map(move |b| (a, b)));
        let differ = pairs.filter(|(a, b)| {
            a.kind == Kind::Ok && b.kind == Kind::Ok && a.f == b.f && a.value != b.value
        });
        let lies: Vec<(usize, Value)> = differ.map(|(a, b)| (a.index, b.value.clone())).collect();
        if let Some((place, value)) = random.choice(lies) {
            history.0[place].value = value;
        }
    }
}

/// Compares `check` with trying all orders, and returns how many histories are invalid.
fn compare<O: Object>(
    check: fn(&Specified<O>, &History) -> mael_checkers::Verdict,
    precedes: Precedes<<Specified<O> as Model>::Action>,
    cases: u64,
) -> u64 {
    let mut invalid = 0;
    for seed in 0..cases {
        let mut random = Rng::with_seed(seed);
        let model = Specified::<O>::new(random.bool());
        let (mut history, _) = history::<O>(shape(&mut random), O::draw, &mut random);
        lie(&mut history, &mut random);
        let mut calls = calls(&model, &history, false);
        let expected = has_order(&model, &mut calls, &model.initial(), precedes, &|_| true);
        let verdict = check(&model, &history);
        assert_eq!(verdict.valid, Validity::from(expected), "{history:#?}");
        if expected {
            let witness = verdict.results.get("witness").unwrap();
            assert!(is_order(&model, &calls, witness, precedes), "{history:#?}");
        }
        invalid += u64::from(!expected);
    }
    invalid
}

/// Asserts that neither kind of history is rare.
fn assert_mixed(invalid: u64, cases: u64) {
    assert!(
        invalid * 20 > cases && invalid * 20 < cases * 19,
        "{invalid}"
    );
}

fn compare_linearizable<O: Object>(cases: u64) {
    assert_mixed(
        compare::<O>(linearizable::check, in_real_time, cases),
        cases,
    );
}

fn compare_sequential<O: Object>(cases: u64) {
    assert_mixed(
        compare::<O>(sequential::check, in_program_order, cases),
        cases,
    );
}

/// Compares the check of convergence with trying all orders.
fn compare_convergent<O: Object>(cases: u64) {
    let mut invalid = 0;
    for seed in 0..cases {
        let mut random = Rng::with_seed(seed);
        let model = Specified::<O>::new(random.bool());
        let (recorded, state) = history::<O>(shape(&mut random), O::draw, &mut random);
        let (_, other) = history::<O>(shape(&mut random), O::draw, &mut random);
        let mut builder = HistoryBuilder { history: recorded };
        lie(&mut builder.history, &mut random);
        for process in 100..100 + random.usize(1..3) {
            let state = if random.u8(..3) == 0 { &other } else { &state };
            builder.last_operation(process, Kind::Invoke, "read", Value::Nil);
            builder.last_operation(process, Kind::Ok, "read", O::show(state));
        }
        let history = builder.history;
        let last = history
            .0
            .iter()
            .filter(|it| it.is_final && it.kind == Kind::Ok);
        let last: Vec<Value> = last.map(|read| read.value.clone()).collect();
        let ends = |state: &O::State| last.iter().all(|read| O::show(state) == *read);
        let mut calls = calls(&model, &history, true);
        let start = model.initial();
        let expected = has_order(&model, &mut calls, &start, in_program_order, &ends);
        let verdict = convergent::check(&model, &history);
        assert_eq!(verdict.valid, Validity::from(expected), "{history:#?}");
        if expected {
            let witness = verdict.results.get("witness").unwrap();
            assert!(
                is_order(&model, &calls, witness, |_, _| false),
                "{history:#?}"
            );
            assert_eq!(verdict.results.get("model"), Some(&last[0]));
        } else {
            assert!(!verdict.explanation.is_empty());
        }
        invalid += u64::from(!expected);
    }
    assert_mixed(invalid, cases);
}

fn compare_all(cases: u64) {
    compare_linearizable::<Register>(cases);
    compare_linearizable::<Queue>(cases);
    compare_linearizable::<Stack>(cases);
    compare_linearizable::<Set>(cases);
    compare_sequential::<Register>(cases);
    compare_sequential::<Queue>(cases);
    compare_sequential::<Stack>(cases);
    compare_sequential::<Set>(cases);
    compare_convergent::<Register>(cases);
    compare_convergent::<Queue>(cases);
    compare_convergent::<Set>(cases);
    compare_convergent::<GrowOnlySet>(cases);
}

#[test]
fn small_histories_are_judged_as_by_trying_all_orders() {
    compare_all(100);
}

#[test]
#[ignore = "a sweep of 600,000 histories"]
fn many_small_histories_are_judged_as_by_trying_all_orders() {
    compare_all(50_000);
}
