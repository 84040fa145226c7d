//! Sets: every element that was added must be in the last reads.

use std::collections::BTreeMap;

use mael_history::{History, Kind, Operation, PairEvent, Validity, Value};
use rustc_hash::FxHashMap;

use super::Coverage;
use super::coverage::{is_ok, no_such, understood};
use super::stricter::elements::{Unexpected, Why};
use super::stricter::{Stricter, replies};
use crate::Verdict;
use crate::quantile::quantile;

/// The maximum number of the stalest elements in the results.
const WORST: usize = 8;

/// Checks that no element known to have been added is missing from the reads that are invoked last.
///
/// `add` is the name of the operation that adds an element; `read` returns a list of elements. An
/// element is known from the first completion that acknowledges its addition or contains it. It is
/// *stable* if the last read to be invoked contains it, and *lost* if that read lacks it and was
/// invoked after the element was known. If no element is stable or lost, the verdict is unknown.
/// Source: Jepsen's set-full checker, page "Checkers", section 5.
///
/// Elements that a read contains more than once, or that were never added, added only later, or
/// added by an operation that failed, do not change the verdict: the stricter checks report them,
/// as they do malformed replies.
pub fn check(history: &History, add: &str) -> Verdict {
    let (elements, unexpected) = match elements(history, add) {
        Ok(found) => found,
        Err(reason) => return Verdict::unknown(reason),
    };
    let mut stricter = Stricter::default();
    replies::check(
        history,
        |invocation, completion| check_result(invocation, completion, add),
        &mut stricter,
    );
    for unexpected in unexpected {
        unexpected.find(add, &mut stricter);
    }
    let outcomes: Vec<(&Element<'_>, ElementOutcome)> = elements
        .iter()
        .map(|element| (element, element.outcome()))
        .collect();
    let mut stable = Vec::new();
    let mut lost = Vec::new();
    let mut never_read = Vec::new();
    for (element, outcome) in &outcomes {
        match outcome {
            ElementOutcome::Stable { latency } => stable.push((*element, *latency)),
            ElementOutcome::Lost { latency } => lost.push((*element, *latency)),
            ElementOutcome::NeverRead => never_read.push(*element),
        }
    }
    let mut stale: Vec<(&Element<'_>, u64)> = stable.clone();
    stale.retain(|(_, latency)| *latency > 0);
    let stale_values = values(stale.iter().map(|(element, _)| *element));
    // Among elements with equal latency, Jepsen lists the greatest first.
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

/// Checks that a read returned elements, and that an addition completed with the value that it was
/// invoked with. `nil` is an empty list.
fn check_result(invocation: &Operation, completion: &Operation, add: &str) -> Result<(), String> {
    match &completion.value {
        _ if completion.f == add => replies::fills_in(invocation, completion),
        Value::Nil | Value::List(_) | Value::Set(_) => Ok(()),
        _ if completion.f != "read" => Ok(()),
        other => Err(format!("returned {other}, which is not a list")),
    }
}

/// Returns how many operations are judged: none unless something was added and a read succeeded.
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

/// The known history of an element.
struct Element<'a> {
    value: &'a Value,
    /// The first completion that proves that the element was added.
    known: Option<&'a Operation>,
    /// The invocation of the last read that contains it.
    last_present: Option<&'a Operation>,
    /// The invocation of the last read that lacks it.
    last_absent: Option<&'a Operation>,
    /// The number of operations that tried to add it.
    attempts: usize,
    /// The number of these operations that failed.
    failed: usize,
}

/// Jepsen's outcome of an element, with latencies in whole milliseconds.
enum ElementOutcome {
    /// In the last read. A read lacked it for the last time `latency` after it was known.
    Stable { latency: u64 },
    /// Missing from the last read. A read contained it for the last time `latency` after it was
    /// known.
    Lost { latency: u64 },
    /// Neither: no read that is invoked late enough contains or lacks it.
    NeverRead,
}

/// Returns the elements that clients tried to add, in ascending order, and those that reads should
/// not contain.
///
/// # Errors
/// Returns an error if an operation is neither an addition nor a read, or completions can't be
/// matched with invocations.
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
                // An element that is added again starts over.
                match positions.get(&invocation.value) {
                    Some(position) => elements[*position].restart(),
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

/// Replaces `latest` if the operation is later.
fn latest<'a>(latest: &mut Option<&'a Operation>, operation: &'a Operation) {
    if latest.is_none_or(|latest| latest.index < operation.index) {
        *latest = Some(operation);
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

    /// Resets everything but the counts of attempts.
    fn restart(&mut self) {
        *self = Self {
            attempts: self.attempts + 1,
            failed: self.failed,
            ..Self::new(self.value)
        };
    }

    /// Returns the first read that contains it, if every attempt to add it failed.
    fn read_after_failure(&self) -> Option<Unexpected<'a>> {
        let read = self.known.filter(|_| self.failed == self.attempts)?;
        Some(Unexpected {
            read,
            element: self.value,
            why: Why::Failed,
        })
    }

    fn outcome(&self) -> ElementOutcome {
        let index = |invocation: Option<&Operation>| invocation.map(|invocation| invocation.index);
        let (present, absent) = (index(self.last_present), index(self.last_absent));
        // `None` sorts before every read.
        match (self.known, present > absent) {
            (Some(_), true) => ElementOutcome::Stable {
                latency: self.millis_until_after(self.last_absent),
            },
            (Some(known), false) if absent > Some(known.index) => ElementOutcome::Lost {
                latency: self.millis_until_after(self.last_present),
            },
            _ => ElementOutcome::NeverRead,
        }
    }

    /// Returns the milliseconds from when the element was known until just after a read was
    /// invoked; 0 if the read came first or is missing.
    fn millis_until_after(&self, invocation: Option<&Operation>) -> u64 {
        let known = self.known.map_or(0, |known| known.time);
        let after = invocation.map_or(0, |invocation| invocation.time + 1);
        after.saturating_sub(known) / 1_000_000
    }

    /// Returns the entry of `worst-stale`. Maelstrom renames every addition to `add` before the
    /// check, so results have that name.
    fn to_stale_value(&self, latency: u64, add: &str) -> Value {
        let operation = |operation: Option<&Operation>| -> Value {
            let value = |it: &Operation| {
                if it.f == add {
                    it.to_value().with("f", Value::keyword("add"))
                } else {
                    it.to_value()
                }
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

    /// Explains why this lost element should be in the last read.
    fn explain_loss(&self, add: &str) -> String {
        let label =
            |operation: Option<&Operation>| operation.map(Operation::label).unwrap_or_default();
        let known = match self.known {
            Some(known) if known.f == add => {
                format!("its {add} was acknowledged by {}", known.label())
            }
            known => format!(
                "it was first seen in the read that completed with {}",
                label(known)
            ),
        };
        let seen = match self.last_present {
            Some(invocation) => format!("last seen in the read invoked by {}", invocation.label()),
            None => "never seen in any read".to_owned(),
        };
        format!(
            "element {} is lost: {known}, it was {seen}, and it is absent from the read invoked by {}",
            self.value,
            label(self.last_absent)
        )
    }
}

/// Explains why the verdict is unknown.
fn explain_nothing(elements: &[Element<'_>]) -> String {
    match elements.len() {
        0 => "no element was added, so there is nothing to check".to_owned(),
        count => format!(
            "clients tried to add {count} elements, but no read contains any, and none is certainly lost"
        ),
    }
}

fn values<'a>(elements: impl Iterator<Item = &'a Element<'a>>) -> Value {
    Value::List(elements.map(|element| element.value.clone()).collect())
}

/// Returns the quantiles of latencies; `None` without latencies.
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
    fn an_element_in_all_later_reads_is_stable() {
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
    fn an_element_that_disappears_is_lost_and_explained() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 2);
        add(&mut builder, Ok, 1);
        read(&mut builder, &[1]);
        read(&mut builder, &[]);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::False);
        assert_eq!(result(&verdict, "lost"), "[1 2]");
        // 1 was known at 3 ms, and contained in a read for the last time at 4 ms and 1 ns.
        assert_eq!(
            result(&verdict, "lost-latencies"),
            "{0 0, 1 1, 0.5 1, 0.95 1, 0.99 1}"
        );
        assert_eq!(
            verdict.explanation,
            [
                "element 1 is lost: its add was acknowledged by operation 3 (process 0, 0.003 s), it was last seen in the read invoked by operation 4 (process 1, 0.004 s), and it is absent from the read invoked by operation 6 (process 1, 0.006 s)",
                "element 2 is lost: its add was acknowledged by operation 1 (process 0, 0.001 s), it was never seen in any read, and it is absent from the read invoked by operation 6 (process 1, 0.006 s)"
            ]
        );
    }

    #[test]
    fn an_element_that_is_seen_late_is_stale() {
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
    fn additions_are_named_add_in_results_of_every_workload() {
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
    fn the_last_read_is_the_last_to_be_invoked() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 1);
        builder.operation(2, Invoke, "read", Value::Nil);
        read(&mut builder, &[1]);
        builder.operation(2, Ok, "read", Vec::<i32>::new());
        assert_eq!(judge(&builder).valid, Validity::True);
    }

    #[test]
    fn a_read_invoked_before_the_element_was_known_proves_nothing() {
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
    fn an_element_that_was_not_acknowledged_may_be_missing() {
        for kind in [Info, Fail] {
            let mut builder = HistoryBuilder::default();
            add(&mut builder, kind, 1);
            read(&mut builder, &[]);
            assert_eq!(judge(&builder).valid, Validity::Unknown);
        }
    }

    #[test]
    fn an_element_that_was_read_must_be_in_later_reads_even_if_its_addition_failed() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Fail, 1);
        read(&mut builder, &[1]);
        assert_eq!(judge(&builder).valid, Validity::True);
        read(&mut builder, &[]);
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::False);
        let text =
            "element 1 is lost: it was first seen in the read that completed with operation 3";
        assert!(verdict.explanation[0].starts_with(text));
    }

    #[test]
    fn a_history_without_additions_is_unknown() {
        let mut builder = HistoryBuilder::default();
        assert_eq!(judge(&builder).valid, Validity::Unknown);
        read(&mut builder, &[]);
        assert_eq!(judge(&builder).valid, Validity::Unknown);
    }

    #[test]
    fn an_element_that_is_added_again_starts_over() {
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
