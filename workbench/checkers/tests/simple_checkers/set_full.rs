//! Sets: the outcome of each element, computed from all operations. Source: page "Checkers",
//! section 5.

use std::collections::BTreeSet;

use fastrand::Rng;
use mael_checkers::set_full;
use mael_history::{History, Kind, Operation, Validity, Value};

use crate::histories::{self, Clients, by_client};
use crate::{assert_common, compare};

/// Clients that add elements, and read most of them.
struct Set {
    added: Vec<i32>,
    /// The share of elements that are missing from a read, in tenths.
    missing: u32,
    /// The share of additions of an element that was added before, in tenths.
    again: u32,
}

impl Clients for Set {
    fn begin(&mut self, random: &mut Rng) -> (&'static str, Value, bool) {
        if random.bool() {
            return ("read", Value::Nil, false);
        }
        let known = random.choice(self.added.clone());
        let again = known.filter(|_| random.u32(..10) < self.again);
        let element = again.unwrap_or_else(|| {
            // Unordered.
            let element = (self.added.len() as i32 * 7) % 40;
            self.added.push(element);
            element
        });
        ("add", element.into(), false)
    }

    fn result(&mut self, begin: &Operation, random: &mut Rng) -> Value {
        if begin.f == "add" {
            return begin.value.clone();
        }
        let mut read = self.added.clone();
        read.retain(|_| random.u32(..10) >= self.missing);
        if random.u32(..10) == 0 {
            // An element that was never added, and a duplicate.
            read.push(99);
            read.extend(read.first().copied());
        }
        random.shuffle(&mut read);
        read.into()
    }
}

fn random_history(random: &mut Rng) -> History {
    let mut set = Set {
        added: Vec::new(),
        missing: [0, 1, 5, 10][random.usize(..4)],
        again: [0, 0, 3][random.usize(..3)],
    };
    histories::history(&mut set, random)
}

/// The outcome of an element, with its latency.
enum Outcome {
    Stable(u64),
    Lost(u64),
    NeverRead,
}

/// The result of an element.
struct ElementResult<'a> {
    element: &'a Value,
    known: Option<&'a Operation>,
    last_absent: Option<&'a Operation>,
    outcome: Outcome,
}

fn element_result<'a>(history: &'a [&'a Operation], element: &'a Value) -> ElementResult<'a> {
    let adds = |it: &&&Operation| it.f == "add" && it.value == *element;
    let begins = |it: &&&Operation| it.kind == Kind::Invoke;
    let created = history.iter().filter(adds).rfind(begins);
    let created = created.expect("the element was added").index;
    let after = history
        .iter()
        .filter(|it| it.index > created && it.kind == Kind::Ok);
    let after: Vec<&Operation> = after.copied().collect();

    let shows = |read: &Operation| match &read.value {
        Value::List(read) => read.contains(element),
        other => panic!("expected a list, not {other}"),
    };
    let begin = |read: &Operation| {
        let before = history.iter().filter(|it| it.index < read.index);
        let own = before.filter(|it| it.process == read.process);
        *own.max_by_key(|it| it.index).expect("it was invoked")
    };
    let reads = after.iter().filter(|it| it.f == "read");
    let (present, absent): (Vec<&Operation>, Vec<&Operation>) = reads.partition(|it| shows(it));
    let added = after
        .iter()
        .filter(|it| it.f == "add" && it.value == *element);
    let proofs = added.chain(&present).copied();
    let known = proofs.min_by_key(|it| it.index);
    let last = |reads: &[&Operation]| {
        let begins = reads.iter().map(|read| begin(read));
        begins.max_by_key(|it| it.index)
    };
    let (last_present, last_absent) = (last(&present), last(&absent));

    let index = |it: Option<&Operation>| it.map_or(-1, |it| it.index as i64);
    let latency = |until: Option<&Operation>| {
        let until = until.map_or(0, |it| it.time as i64 + 1);
        let since = known.map_or(0, |it| it.time as i64);
        ((until - since).max(0) / 1_000_000) as u64
    };
    let outcome = if last_present.is_some() && index(last_present) > index(last_absent) {
        Outcome::Stable(latency(last_absent))
    } else if known.is_some()
        && last_absent.is_some()
        && index(last_absent) > index(last_present)
        && index(last_absent) > index(known)
    {
        Outcome::Lost(latency(last_present))
    } else {
        Outcome::NeverRead
    };
    ElementResult {
        element,
        known,
        last_absent,
        outcome,
    }
}

fn expected(history: &History) -> Value {
    let history: Vec<&Operation> = history.0.iter().filter(|it| by_client(it)).collect();
    let additions = history
        .iter()
        .filter(|it| it.kind == Kind::Invoke && it.f == "add");
    let elements: BTreeSet<&Value> = additions.map(|it| &it.value).collect();
    let (mut stable, mut lost, mut stale) = (Vec::new(), Vec::new(), Vec::new());
    let (mut lost_latencies, mut stable_latencies) = (Vec::new(), Vec::new());
    let mut never_read = Vec::new();
    for element in &elements {
        let result = element_result(&history, element);
        match result.outcome {
            Outcome::Stable(latency) => {
                stable.push((*element).clone());
                stable_latencies.push(latency);
                if latency > 0 {
                    stale.push((latency, result));
                }
            }
            Outcome::Lost(latency) => {
                lost.push((*element).clone());
                lost_latencies.push(latency);
            }
            Outcome::NeverRead => never_read.push((*element).clone()),
        }
    }
    let stale_elements: Vec<Value> = stale.iter().map(|(_, it)| it.element.clone()).collect();
    stale.sort_by_key(|(latency, result)| (*latency, result.element));
    let worst = stale.iter().rev().take(8);
    let worst: Vec<Value> = worst
        .map(|(latency, result)| entry(*latency, result))
        .collect();
    let valid = match (lost.len(), stable.len()) {
        (0, 0) => Validity::Unknown,
        (0, _) => Validity::True,
        _ => Validity::False,
    };
    let mut results = vec![
        ("valid?", valid.into()),
        ("attempt-count", elements.len().into()),
        ("stable-count", stable.len().into()),
        ("lost-count", lost.len().into()),
        ("lost", lost.into()),
        ("never-read-count", never_read.len().into()),
        ("never-read", never_read.into()),
        ("stale-count", stale.len().into()),
        ("stale", stale_elements.into()),
        ("worst-stale", worst.into()),
        ("duplicated-count", 0.into()),
        ("duplicated", Value::Map([].into())),
    ];
    for (key, latencies) in [
        ("stable-latencies", stable_latencies),
        ("lost-latencies", lost_latencies),
    ] {
        results.extend(quantiles(latencies).map(|it| (key, it)));
    }
    Value::map(results)
}

fn entry(latency: u64, result: &ElementResult<'_>) -> Value {
    Value::map([
        ("element", result.element.clone()),
        ("outcome", Value::keyword("stable")),
        ("stable-latency", latency.into()),
        ("lost-latency", Value::Nil),
        ("known", result.known.map(Operation::to_value).into()),
        (
            "last-absent",
            result.last_absent.map(Operation::to_value).into(),
        ),
    ])
}

/// Computes quantiles in percent, so that nothing is rounded.
fn quantiles(mut latencies: Vec<u64>) -> Option<Value> {
    latencies.sort_unstable();
    let at = |percent: usize| {
        let place = latencies.len() * percent / 100;
        latencies.get(place).or(latencies.last()).copied()
    };
    let entries = [
        (Value::from(0), at(0)?),
        (0.5.into(), at(50)?),
        (0.95.into(), at(95)?),
        (0.99.into(), at(99)?),
        (1.into(), at(100)?),
    ];
    let entries = entries.map(|(q, latency)| (q, latency.into()));
    Some(Value::Map(entries.into()))
}

fn compare_all(count: u64) {
    let judge = |history: &History| set_full::check(history, "add");
    let occurred = compare(count, random_history, judge, expected);
    let all = [Validity::True, Validity::Unknown, Validity::False];
    assert_common(&occurred, &all);
}

#[test]
fn verdicts_on_sets_match_the_definition() {
    compare_all(2_000);
}

#[test]
#[ignore = "takes some seconds"]
fn verdicts_on_many_sets_match_the_definition() {
    compare_all(100_000);
}

#[test]
fn an_addition_that_completes_with_another_value_is_a_mismatched_reply() {
    let stricter = |completed: &str| {
        let history = format!(
            "{{:process 0, :type :invoke, :f :add, :value 1}}
             {{:process 0, :type :ok, :f :add, :value {completed}}}
             {{:process 0, :type :invoke, :f :read, :value nil}}
             {{:process 0, :type :ok, :f :read, :value [1]}}"
        );
        let verdict = set_full::check(&History::from_edn(&history).unwrap(), "add");
        assert_eq!(verdict.valid, Validity::True);
        verdict
            .stricter()
            .iter()
            .map(|(name, _)| name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(stricter("1"), Vec::<String>::new());
    assert_eq!(stricter("2"), ["mismatched-reply"]);
}
