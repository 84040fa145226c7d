//! Sets: what was added must be seen in the end.

use std::collections::BTreeMap;

use mael_history::{History, Kind, Operation, PairEvent, Validity, Value};
use rustc_hash::FxHashMap;

use super::Coverage;
use super::coverage::{is_ok, no_such, understood};
use super::stricter::elements::{Unexpected, Why};
use super::stricter::{Stricter, replies};
use crate::Verdict;
use crate::quantile::quantile;

/// How many of the elements that took longest to be seen are listed.
const WORST: usize = 8;

/// No element that is known to have been added may be missing from the reads that begin last.
///
/// `add` names the operation that adds an element; `read` gives a list of elements. An element is
/// known from the first operation that acknowledges or shows it. It is *stable* if the last read
/// to begin of all that tell has it, *lost* if that lacks it and began after the element was
/// known. When none is stable and none lost, the history says nothing. Source: Jepsen's set-full
/// checker, page "Checkers", section 5.
///
/// Elements that a read shows more than once, that were never added, only later, or by an operation
/// that failed, do not change the verdict: they are findings of stricter checks, as are replies of
/// another form.
pub fn check(history: &History, add: &str) -> Verdict {
    let (elements, unexpected) = match elements(history, add) {
        Ok(found) => found,
        Err(reason) => return Verdict::unknown(reason),
    };
    let mut stricter = Stricter::default();
    replies::check(
        history,
        |invocation, completion| answers(invocation, completion, add),
        &mut stricter,
    );
    for unexpected in unexpected {
        unexpected.find(add, &mut stricter);
    }
    let outcomes: Vec<(&Element<'_>, Outcome)> = elements
        .iter()
        .map(|element| (element, element.outcome()))
        .collect();
    let mut stable = Vec::new();
    let mut lost = Vec::new();
    let mut never_read = Vec::new();
    for (element, outcome) in &outcomes {
        match outcome {
            Outcome::Stable { latency } => stable.push((*element, *latency)),
            Outcome::Lost { latency } => lost.push((*element, *latency)),
            Outcome::NeverRead => never_read.push(*element),
        }
    }
    let mut stale: Vec<(&Element<'_>, u64)> = stable.clone();
    stale.retain(|(_, latency)| *latency > 0);
    let stale_values = values(stale.iter().map(|(element, _)| *element));
    // Of those that took equally long, the original lists the greatest first.
    stale.sort_by_key(|(element, latency)| std::cmp::Reverse((*latency, element.value)));
    let worst = stale
        .iter()
        .take(WORST)
        .map(|(element, latency)| element.to_stale_value(*latency, add));

    let (valid, explanation) = if !lost.is_empty() {
        let explanation = lost.iter().map(|(element, _)| element.explain_loss(add));
        (Validity::False, explanation.collect())
    } else if stable.is_empty() {
        (Validity::Unknown, vec![explain_nothing(&elements)])
    } else {
        (Validity::True, Vec::new())
    };
    let latencies = [("stable-latencies", &stable), ("lost-latencies", &lost)];
    let latencies = latencies
        .into_iter()
        .filter_map(|(key, elements)| Some((key, quantiles(elements)?)));
    let results = [
        ("valid?", valid.into()),
        ("attempt-count", elements.len().into()),
        ("stable-count", stable.len().into()),
        ("lost-count", lost.len().into()),
        ("lost", values(lost.iter().map(|(element, _)| *element))),
        ("never-read-count", never_read.len().into()),
        ("never-read", values(never_read.iter().copied())),
        ("stale-count", stale.len().into()),
        ("stale", stale_values),
        ("worst-stale", Value::List(worst.collect())),
        ("duplicated-count", 0.into()),
        ("duplicated", Value::Map(BTreeMap::new())),
    ];
    let verdict = Verdict {
        valid,
        results: Value::map(results.into_iter().chain(latencies)),
        explanation,
    };
    verdict.with_stricter(stricter)
}

/// Whether a read returned elements, and an addition what it began with. `nil` is an empty list.
fn answers(invocation: &Operation, completion: &Operation, add: &str) -> Result<(), String> {
    match &completion.value {
        _ if completion.f == add => replies::fills_in(invocation, completion),
        Value::Nil | Value::List(_) | Value::Set(_) => Ok(()),
        _ if completion.f != "read" => Ok(()),
        other => Err(format!("returned {other}, which is not a list")),
    }
}

/// How many operations are judged: none, unless something was added and a read succeeded.
pub fn coverage(history: &History, add: &str) -> Coverage {
    let adds = history.invocations().any(|invocation| invocation.f == add);
    let is_read = |completion: &Operation| completion.kind == Kind::Ok && completion.f == "read";
    let reads = history.completions().any(is_read);
    Coverage::of(history, |invocation, completion| {
        judges(invocation, completion, add)
    })
    .only_if(adds && reads)
}

fn judges(
    invocation: &Operation,
    completion: Option<&Operation>,
    add: &str,
) -> Result<bool, String> {
    match &*invocation.f {
        f if f == add || f == "read" => Ok(is_ok(completion)),
        f => Err(no_such(f, &format!("{add} or read"))),
    }
}

/// What is known of an element.
struct Element<'a> {
    value: &'a Value,
    /// The first end of an operation that proves that it was added.
    known: Option<&'a Operation>,
    /// The begin of the last read that shows it.
    last_present: Option<&'a Operation>,
    /// The begin of the last read that lacks it.
    last_absent: Option<&'a Operation>,
    /// How many operations tried to add it.
    attempts: usize,
    /// How many of them failed.
    failed: usize,
}

/// What became of an element, with latencies in whole milliseconds.
enum Outcome {
    /// It is there to stay; `latency` after it was known for the last time it was missing.
    Stable { latency: u64 },
    /// It is gone; `latency` after it was known it was there for the last time.
    Lost { latency: u64 },
    /// It can't be told.
    NeverRead,
}

/// The elements that clients tried to add, in ascending order, and what reads should not show.
///
/// # Errors
/// When an operation is neither an addition nor a read, or they can't be told apart; says why.
fn elements<'a>(
    history: &'a History,
    add: &str,
) -> Result<(Vec<Element<'a>>, Vec<Unexpected<'a>>), String> {
    let pairs = understood(history, |invocation, completion| {
        judges(invocation, completion, add)
    })?;
    let mut elements = Vec::<Element<'a>>::new();
    let mut unexpected = Vec::new();
    let mut positions = FxHashMap::<&Value, usize>::default();
    for event in &pairs.events {
        let (invocation, completion) = match event {
            PairEvent::Invocation(number) => (pairs.list[*number as usize].0, None),
            PairEvent::Completion(number) => pairs.list[*number as usize],
        };
        let is_add = invocation.f == add;
        let Some(operation) = completion else {
            if is_add {
                // One that is added again begins anew.
                match positions.get(&invocation.value) {
                    Some(position) => elements[*position].begin_anew(),
                    None => {
                        positions.insert(&invocation.value, elements.len());
                        elements.push(Element::new(&invocation.value));
                    }
                }
            }
            continue;
        };
        match operation.kind {
            Kind::Ok if is_add => {
                if let Some(position) = positions.get(&operation.value) {
                    elements[*position].known.get_or_insert(operation);
                }
            }
            Kind::Fail if is_add => {
                if let Some(position) = positions.get(&operation.value) {
                    elements[*position].failed += 1;
                }
            }
            Kind::Ok if operation.f == "read" => {
                let mut shown = vec![false; elements.len()];
                // Most reads list elements in the order in which they were added.
                let mut next = 0;
                for value in operation.value.items() {
                    let position = match elements.get(next) {
                        Some(element) if element.value == value => Some(next),
                        _ => positions.get(value).copied(),
                    };
                    let why = match position {
                        Some(position) => {
                            next = position + 1;
                            std::mem::replace(&mut shown[position], true).then_some(Why::Repeated)
                        }
                        None => Some(Why::NeverAdded),
                    };
                    unexpected.extend(why.map(|why| Unexpected {
                        read: operation,
                        element: value,
                        why,
                    }));
                }
                for (element, shown) in elements.iter_mut().zip(shown) {
                    if shown {
                        element.known.get_or_insert(operation);
                        latest(&mut element.last_present, invocation);
                    } else {
                        latest(&mut element.last_absent, invocation);
                    }
                }
            }
            _ => {}
        }
    }
    for unexpected in &mut unexpected {
        if unexpected.why == Why::NeverAdded && positions.contains_key(unexpected.element) {
            unexpected.why = Why::AddedLater;
        }
    }
    unexpected.extend(elements.iter().filter_map(Element::read_after_failure));
    elements.sort_by_key(|element| element.value);
    Ok((elements, unexpected))
}

/// Keeps the later of two operations.
fn latest<'a>(kept: &mut Option<&'a Operation>, operation: &'a Operation) {
    if kept.is_none_or(|kept| kept.index < operation.index) {
        *kept = Some(operation);
    }
}

impl<'a> Element<'a> {
    fn new(value: &'a Value) -> Self {
        Self {
            value,
            known: None,
            last_present: None,
            last_absent: None,
            attempts: 1,
            failed: 0,
        }
    }

    /// Forgets all but how often it was added.
    fn begin_anew(&mut self) {
        *self = Self {
            attempts: self.attempts + 1,
            failed: self.failed,
            ..Self::new(self.value)
        };
    }

    /// The first read that shows it, if every attempt to add it failed.
    fn read_after_failure(&self) -> Option<Unexpected<'a>> {
        let read = self.known.filter(|_| self.failed == self.attempts)?;
        Some(Unexpected {
            read,
            element: self.value,
            why: Why::Failed,
        })
    }

    fn outcome(&self) -> Outcome {
        let index = |invocation: Option<&Operation>| invocation.map(|invocation| invocation.index);
        let (present, absent) = (index(self.last_present), index(self.last_absent));
        // A read that is missing comes before all that are there.
        match (self.known, present > absent) {
            (Some(_), true) => Outcome::Stable {
                latency: self.millis_until_after(self.last_absent),
            },
            (Some(known), false) if absent > Some(known.index) => Outcome::Lost {
                latency: self.millis_until_after(self.last_present),
            },
            _ => Outcome::NeverRead,
        }
    }

    /// The time from when the element was known until just after a read began; 0 if the read came
    /// first or is missing.
    fn millis_until_after(&self, invocation: Option<&Operation>) -> u64 {
        let known = self.known.map_or(0, |known| known.time);
        let after = invocation.map_or(0, |invocation| invocation.time + 1);
        after.saturating_sub(known) / 1_000_000
    }

    /// The original judges a history in which every addition has the name `add`, so that is what
    /// the results have.
    fn to_stale_value(&self, latency: u64, add: &str) -> Value {
        let operation = |operation: Option<&Operation>| -> Value {
            let value = |it: &Operation| match it.f == add {
                true => it.to_value().with("f", Value::keyword("add")),
                false => it.to_value(),
            };
            operation.map(value).into()
        };
        Value::map([
            ("element", self.value.clone()),
            ("outcome", Value::keyword("stable")),
            ("stable-latency", latency.into()),
            ("lost-latency", Value::Nil),
            ("known", operation(self.known)),
            ("last-absent", operation(self.last_absent)),
        ])
    }

    /// Why this element, which is lost, should be there.
    fn explain_loss(&self, add: &str) -> String {
        let recorded_value =
            |operation: Option<&Operation>| operation.map(Operation::label).unwrap_or_default();
        let known = match self.known {
            Some(known) if known.f == add => {
                format!("its {add} was acknowledged by {}", known.label())
            }
            known => format!(
                "it was first seen in the read that ended with {}",
                recorded_value(known)
            ),
        };
        let seen = match self.last_present {
            Some(invocation) => format!(
                "last seen in the read that began with {}",
                invocation.label()
            ),
            None => "never seen in any read".to_owned(),
        };
        format!(
            "element {} is lost: {known}, it was {seen}, and it is absent from the read that began with {}",
            self.value,
            recorded_value(self.last_absent)
        )
    }
}

/// Why a history says nothing.
fn explain_nothing(elements: &[Element<'_>]) -> String {
    match elements.len() {
        0 => "nothing was added, so there is nothing to judge".to_owned(),
        count => format!(
            "of the {count} elements that were to be added, none was seen, and none is certainly lost"
        ),
    }
}

fn values<'a>(elements: impl Iterator<Item = &'a Element<'a>>) -> Value {
    Value::List(elements.map(|element| element.value.clone()).collect())
}

/// The quantiles of latencies; None of no latencies.
fn quantiles(elements: &[(&Element<'_>, u64)]) -> Option<Value> {
    let mut latencies: Vec<u64> = elements.iter().map(|(_, latency)| *latency).collect();
    latencies.sort_unstable();
    let points = [
        (0.0, Value::from(0)),
        (0.5, 0.5.into()),
        (0.95, 0.95.into()),
        (0.99, 0.99.into()),
        (1.0, 1.into()),
    ];
    let entries = points.map(|(q, key)| Some((key, quantile(&latencies, q)?.into())));
    let entries: Option<BTreeMap<Value, Value>> = entries.into_iter().collect();
    entries.map(Value::Map)
}

#[cfg(test)]
mod tests {
    use Kind::{Fail, Info, Invoke, Ok};

    use super::*;
    use mael_history::HistoryBuilder;

    fn add(builder: &mut HistoryBuilder, kind: Kind, element: i32) {
        builder.operation(0, Invoke, "add", element);
        builder.operation(0, kind, "add", element);
    }

    fn read(builder: &mut HistoryBuilder, elements: &[i32]) {
        builder.operation(1, Invoke, "read", Value::Nil);
        builder.operation(1, Ok, "read", elements.to_vec());
    }

    fn judge(builder: &HistoryBuilder) -> Verdict {
        check(&builder.history, "add")
    }

    fn result(verdict: &Verdict, key: &'static str) -> String {
        verdict.results.get(key).unwrap().to_string()
    }

    #[test]
    fn an_element_that_stays_is_stable() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 1);
        read(&mut builder, &[1, 99, 1]);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::True);
        let stricter = [("duplicate-elements", 1), ("garbage-read", 1)];
        assert_eq!(verdict.stricter(), stricter);
        let Value::Map(mut results) = verdict.results else {
            panic!("results are a map");
        };
        results.remove(&Value::keyword("stricter"));
        assert_eq!(
            Value::Map(results).to_string(),
            "{:attempt-count 1, :duplicated {}, :duplicated-count 0, :lost [], :lost-count 0, \
             :never-read [], :never-read-count 0, :stable-count 1, \
             :stable-latencies {0 0, 1 0, 0.5 0, 0.95 0, 0.99 0}, :stale [], :stale-count 0, \
             :valid? true, :worst-stale []}"
        );
    }

    #[test]
    fn an_element_that_is_gone_is_lost_and_explained() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 2);
        add(&mut builder, Ok, 1);
        read(&mut builder, &[1]);
        read(&mut builder, &[]);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::False);
        assert_eq!(result(&verdict, "lost"), "[1 2]");
        // 1 was known at 3 ms, and there for the last time at 4 ms and 1 ns.
        assert_eq!(
            result(&verdict, "lost-latencies"),
            "{0 0, 1 1, 0.5 1, 0.95 1, 0.99 1}"
        );
        assert_eq!(
            verdict.explanation,
            [
                "element 1 is lost: its add was acknowledged by operation 3 (process 0, 0.003 s), it was last seen in the read that began with operation 4 (process 1, 0.004 s), and it is absent from the read that began with operation 6 (process 1, 0.006 s)",
                "element 2 is lost: its add was acknowledged by operation 1 (process 0, 0.001 s), it was never seen in any read, and it is absent from the read that began with operation 6 (process 1, 0.006 s)"
            ]
        );
    }

    #[test]
    fn an_element_that_comes_late_is_stale() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 1);
        read(&mut builder, &[]);
        read(&mut builder, &[1]);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::True);
        assert_eq!(result(&verdict, "stale"), "[1]");
        let worst = result(&verdict, "worst-stale");
        assert!(worst.contains(":stable-latency 1"), "{worst}");
        assert!(worst.starts_with("[{:element 1, :known {"), "{worst}");
    }

    #[test]
    fn additions_are_called_add_in_results_whatever_the_workload_calls_them() {
        let mut builder = HistoryBuilder::default();
        builder.operation(0, Invoke, "broadcast", 1);
        builder.operation(0, Ok, "broadcast", 1);
        builder.operation(0, Invoke, "broadcast", 2);
        read(&mut builder, &[2]);
        read(&mut builder, &[]);
        read(&mut builder, &[1, 2]);
        let results = check(&builder.history, "broadcast").results;
        let worst = results.get("worst-stale").unwrap();
        let known = |element: &Value| element.get("known").unwrap().get("f").cloned();
        let names: Vec<_> = worst.items().map(known).collect();
        let [add, read] = ["add", "read"].map(|f| Some(Value::keyword(f)));
        assert_eq!(names, [add, read]);
        let element = worst.items().next().unwrap();
        let absent = element.get("last-absent").unwrap();
        assert_eq!(absent.get("f"), Some(&Value::keyword("read")));
    }

    #[test]
    fn a_read_may_be_a_set() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 1);
        builder.operation(1, Invoke, "read", Value::Nil);
        builder.operation(1, Ok, "read", Value::Set([1.into()].into()));
        assert_eq!(judge(&builder).valid, Validity::True);
    }

    #[test]
    fn the_last_read_to_begin_counts_not_the_last_to_end() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 1);
        builder.operation(2, Invoke, "read", Value::Nil);
        read(&mut builder, &[1]);
        builder.operation(2, Ok, "read", Vec::<i32>::new());
        assert_eq!(judge(&builder).valid, Validity::True);
    }

    #[test]
    fn a_read_that_began_before_the_element_was_known_proves_nothing() {
        let mut builder = HistoryBuilder::default();
        builder.operation(0, Invoke, "add", 1);
        builder.operation(1, Invoke, "read", Value::Nil);
        builder.operation(0, Ok, "add", 1);
        builder.operation(1, Ok, "read", Vec::<i32>::new());
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::Unknown);
        assert_eq!(result(&verdict, "never-read"), "[1]");
    }

    #[test]
    fn what_was_not_acknowledged_may_be_missing() {
        for kind in [Info, Fail] {
            let mut builder = HistoryBuilder::default();
            add(&mut builder, kind, 1);
            read(&mut builder, &[]);
            assert_eq!(judge(&builder).valid, Validity::Unknown);
        }
    }

    #[test]
    fn what_was_seen_must_stay_even_if_its_addition_failed() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Fail, 1);
        read(&mut builder, &[1]);
        assert_eq!(judge(&builder).valid, Validity::True);
        read(&mut builder, &[]);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::False);
        let text = "element 1 is lost: it was first seen in the read that ended with operation 3";
        assert!(verdict.explanation[0].starts_with(text));
    }

    #[test]
    fn nothing_added_is_unknown() {
        let mut builder = HistoryBuilder::default();
        assert_eq!(judge(&builder).valid, Validity::Unknown);
        read(&mut builder, &[]);
        assert_eq!(judge(&builder).valid, Validity::Unknown);
    }

    #[test]
    fn an_element_that_is_added_again_begins_anew() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 1);
        read(&mut builder, &[]);
        add(&mut builder, Ok, 1);
        read(&mut builder, &[1]);
        let verdict = judge(&builder);
        assert_eq!(result(&verdict, "attempt-count"), "1");
        assert_eq!(result(&verdict, "stale-count"), "0");
    }
}
