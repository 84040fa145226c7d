//! Unique ids: compares each id with every other. Source: page "Checkers", section 4.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use fastrand::Rng;
use mael_checkers::{Verdict, unique_ids};
use mael_history::{History, Kind, Operation, Validity, Value};

use crate::histories::{self, Clients, by_client};
use crate::{assert_common, compare};

/// Clients that generate ids of some kinds.
struct Maker {
    kinds: Vec<usize>,
    /// The number of different ids of each kind.
    range: i32,
}

impl Maker {
    fn id(&self, depth: usize, random: &mut Rng) -> Value {
        let number = random.i32(0..self.range);
        match self.kinds[random.usize(..self.kinds.len())] {
            0 => number.into(),
            // Not a whole number: this test does not cover whether 1 and 1.0 are the same id.
            1 => (f64::from(number) + 0.5).into(),
            2 => number.to_string().into(),
            3 if depth == 0 => {
                let length = random.usize(..3);
                let items = (0..length).map(|_| self.id(1, random));
                Value::List(items.collect())
            }
            _ => number.into(),
        }
    }
}

impl Clients for Maker {
    fn begin(&mut self, _: &mut Rng) -> (&'static str, Value, bool) {
        ("generate", Value::Nil, false)
    }

    fn result(&mut self, _: &Operation, random: &mut Rng) -> Value {
        self.id(0, random)
    }
}

fn random_history(random: &mut Rng) -> History {
    let kinds: [&[usize]; 6] = [&[0], &[2], &[0, 1], &[3], &[2, 3], &[0, 2]];
    let mut maker = Maker {
        kinds: kinds[random.usize(..6)].to_vec(),
        range: [5, 1_000][random.usize(..2)],
    };
    histories::history(&mut maker, random)
}

/// Compares like Clojure: numbers by size, and lists first by length. Returns `None` if it can't.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    let number = |id: &Value| match id {
        Value::Int(id) => Some(id.to_f64()),
        Value::Float(id) => Some(*id),
        _ => None,
    };
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) if a.len() != b.len() => Some(a.len().cmp(&b.len())),
        (Value::List(a), Value::List(b)) => {
            let different = a.iter().zip(b).find(|(a, b)| a != b);
            different.map_or(Some(Ordering::Equal), |(a, b)| order(a, b))
        }
        _ => number(a)?.partial_cmp(&number(b)?),
    }
}

fn expected(history: &History) -> Value {
    let ok = |it: &&Operation| by_client(it) && it.kind == Kind::Ok;
    let ids = history.0.iter().filter(ok).map(|it| &it.value);
    let ids: Vec<&Value> = ids.collect();
    let alone = |a: &&Value| ids.iter().any(|b| order(a, b).is_none());
    if ids.iter().any(alone) {
        return unknown();
    }
    let least = |greater: Ordering| {
        let first = |id: &&&Value| ids.iter().all(|other| order(id, other) != Some(greater));
        Value::from(ids.iter().find(first).map(|id| (*id).clone()))
    };
    let times = |id: &Value| ids.iter().filter(|other| **other == id).count();
    let duplicated = ids.iter().filter(|id| times(id) > 1);
    let duplicated: BTreeMap<Value, Value> = duplicated
        .map(|id| ((*id).clone(), times(id).into()))
        .collect();
    let begin = |it: &&Operation| by_client(it) && it.kind == Kind::Invoke;
    Value::map([
        ("valid?", duplicated.is_empty().into()),
        (
            "attempted-count",
            history.0.iter().filter(begin).count().into(),
        ),
        ("acknowledged-count", ids.len().into()),
        ("duplicated-count", duplicated.len().into()),
        ("duplicated", Value::Map(duplicated)),
        (
            "range",
            vec![least(Ordering::Greater), least(Ordering::Less)].into(),
        ),
    ])
}

fn unknown() -> Value {
    Value::map([("valid?", Validity::Unknown.into())])
}

/// Checks a history, and removes the two ids that can't be compared from the result, because there
/// may be several such pairs.
fn judge(history: &History) -> Verdict {
    let mut verdict = unique_ids::check(history);
    if verdict.valid == Validity::Unknown {
        let reason = verdict.explanation.first().cloned();
        assert_eq!(verdict.results.get("error"), Some(&reason.into()));
        verdict.results = unknown();
    }
    verdict
}

fn compare_all(count: u64) {
    let occurred = compare(count, random_history, judge, expected);
    let all = [Validity::True, Validity::Unknown, Validity::False];
    assert_common(&occurred, &all);
}

#[test]
fn verdicts_on_unique_ids_match_pairwise_comparison() {
    compare_all(2_000);
}

#[test]
#[ignore = "takes some seconds"]
fn verdicts_on_many_unique_ids_match_pairwise_comparison() {
    compare_all(100_000);
}
