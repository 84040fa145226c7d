//! Counters: tries every subset of the additions of unknown outcome. Source: page "Checkers",
//! section 6.

use std::collections::BTreeSet;

use fastrand::Rng;
use mael_checkers::counter;
use mael_history::{History, Kind, Operation, Validity, Value};

use crate::histories::{self, Clients, by_client};
use crate::{assert_common, compare};

/// Clients that add to a counter, and read it.
struct Counter {
    sum: i128,
    /// The largest addition.
    greatest: i128,
    /// The share of wrong reads, in tenths.
    off: u32,
}

impl Clients for Counter {
    fn begin(&mut self, random: &mut Rng) -> (&'static str, Value, bool) {
        match random.usize(..5) {
            0..3 => {
                let delta = random.i128(-self.greatest..=self.greatest);
                // Includes additions that fail or never take effect.
                self.sum += delta;
                ("add", delta.into(), false)
            }
            3 => ("read", Value::Nil, false),
            _ => ("read", Value::Nil, true),
        }
    }

    fn result(&mut self, begin: &Operation, random: &mut Rng) -> Value {
        if begin.f == "add" {
            return begin.value.clone();
        }
        let off = random.u32(..10) < self.off;
        (self.sum + if off { random.i128(-2..=2) } else { 0 }).into()
    }
}

fn random_history(random: &mut Rng) -> History {
    let mut counter = Counter {
        sum: 0,
        greatest: [1, 5, 40][random.usize(..3)],
        off: [0, 3][random.usize(..2)],
    };
    histories::history(&mut counter, random)
}

fn deltas(history: &History, kind: Kind) -> Vec<i128> {
    let operations = history.0.iter().filter(|it| by_client(it));
    let additions = operations.filter(|it| it.kind == kind && it.f == "add");
    let delta = |addition: &Operation| match &addition.value {
        Value::Int(delta) => delta.to().expect("a delta fits into 64 bits"),
        other => panic!("expected a delta, not {other}"),
    };
    additions.map(delta).collect()
}

fn expected(history: &History) -> Value {
    let certain: i128 = deltas(history, Kind::Ok).iter().sum();
    let unknown = deltas(history, Kind::Info);
    let subsets = 0..1_u64 << unknown.len();
    let sums = subsets.map(|subset| {
        let chosen = unknown.iter().enumerate();
        let chosen = chosen.filter(|(place, _)| subset >> place & 1 == 1);
        certain + chosen.map(|(_, delta)| delta).sum::<i128>()
    });
    let sums: BTreeSet<i128> = sums.collect();
    let lows = sums.iter().filter(|sum| !sums.contains(&(*sum - 1)));
    let highs = sums.iter().filter(|sum| !sums.contains(&(*sum + 1)));
    let intervals: Vec<Vec<i128>> = lows
        .zip(highs)
        .map(|(low, high)| vec![*low, *high])
        .collect();

    let reads = history.0.iter().filter(|it| by_client(it));
    let reads = reads.filter(|it| it.kind == Kind::Ok && it.f == "read" && it.is_final);
    let reads: Vec<&Operation> = reads.collect();
    let possible = |read: &Operation| sums.iter().any(|sum| Value::from(*sum) == read.value);
    let errors: Vec<Value> = reads
        .iter()
        .filter(|read| !possible(read))
        .map(|read| read.to_value())
        .collect();
    let values: Vec<Value> = reads.iter().map(|read| read.value.clone()).collect();
    Value::map([
        ("valid?", errors.is_empty().into()),
        ("acceptable", intervals.into()),
        ("final-reads", values.into()),
        ("errors", Some(errors).filter(|it| !it.is_empty()).into()),
    ])
}

fn compare_all(count: u64) {
    let occurred = compare(count, random_history, counter::check, expected);
    assert_common(&occurred, &[Validity::True, Validity::False]);
}

#[test]
fn verdicts_on_counters_match_brute_force() {
    compare_all(2_000);
}

#[test]
#[ignore = "takes some seconds"]
fn verdicts_on_many_counters_match_brute_force() {
    compare_all(100_000);
}
