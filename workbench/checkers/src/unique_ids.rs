//! Unique ids: no id may be generated twice.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use mael_history::{History, Kind, Operation, Validity, Value};

use super::Coverage;
use super::coverage::{is_ok, no_such, understood};
use super::stricter::Stricter;
use crate::Verdict;

/// The maximum number of duplicate ids in the results.
const LISTED: usize = 48;

/// Checks that no id was acknowledged twice. If ids can't be compared with each other, the verdict
/// is unknown.
///
/// Source: Jepsen's unique-ids checker.
pub fn check(history: &History) -> Verdict {
    let mut stricter = Stricter::default();
    find_nil(history, &mut stricter);
    judge(history).with_stricter(stricter)
}

/// Returns how many operations are judged: all that returned an id.
pub fn coverage(history: &History) -> Coverage {
    Coverage::of(history, judges)
}

/// Finds ids that are `nil`. Maelstrom treats `nil` like any other id.
fn find_nil(history: &History, stricter: &mut Stricter) {
    for end in history.completions() {
        if end.kind == Kind::Ok && end.value == Value::Nil {
            stricter.add("nil-id", end, || {
                (Vec::new(), "returned nil instead of an id".to_owned())
            });
        }
    }
}

fn judges(begin: &Operation, end: Option<&Operation>) -> Result<bool, String> {
    match &*begin.f {
        "generate" => Ok(is_ok(end)),
        f => Err(no_such(f, "generate")),
    }
}

fn judge(history: &History) -> Verdict {
    let pairs = match understood(history, judges) {
        Ok(pairs) => pairs,
        Err(reason) => return Verdict::unknown(reason),
    };
    let mut times = BTreeMap::<&Value, usize>::new();
    let mut acknowledged = 0_usize;
    for (_, end) in pairs.ok() {
        *times.entry(&end.value).or_default() += 1;
        acknowledged += 1;
    }
    let mut times: Vec<(&Value, usize)> = times.into_iter().collect();
    times.sort_by(|(a, _), (b, _)| order(a, b));
    if let Some(reason) = incomparable(&times) {
        return Verdict::unknown(reason);
    }
    let range = [times.first(), times.last()];
    let range = range.map(|id| id.map(|(id, _)| (*id).clone()).unwrap_or_default());
    let mut duplicated: Vec<(&Value, usize)> =
        times.into_iter().filter(|(_, times)| *times > 1).collect();
    let count = duplicated.len();
    // Among ids that were generated equally often, Maelstrom lists the greatest.
    duplicated.reverse();
    duplicated.sort_by_key(|(_, times)| Reverse(*times));
    duplicated.truncate(LISTED);
    let valid = Validity::from(duplicated.is_empty());
    let listed = duplicated.iter().map(|(id, _)| (*id, Vec::new()));
    let mut ends: BTreeMap<&Value, Vec<&Operation>> = listed.collect();
    for (_, end) in pairs.ok() {
        if let Some(ends) = ends.get_mut(&end.value) {
            ends.push(end);
        }
    }
    let explanation = duplicated.iter().map(|(id, times)| {
        let [first, second] = [0, 1].map(|number| ends[id][number].label());
        format!("the id {id} was generated {times} times, first by {first} and again by {second}")
    });
    let explanation = explanation.collect();
    let duplicated = duplicated
        .into_iter()
        .map(|(id, times)| (id.clone(), times.into()));
    Verdict {
        valid,
        results: Value::map([
            ("valid?", valid.into()),
            ("attempted-count", pairs.list.len().into()),
            ("acknowledged-count", acknowledged.into()),
            ("duplicated-count", count.into()),
            ("duplicated", Value::Map(duplicated.collect())),
            ("range", range.to_vec().into()),
        ]),
        explanation,
    }
}

/// Clojure's order of ids: numbers are ordered by size, and shorter lists precede longer ones.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            let items = a.iter().zip(b).map(|(a, b)| order(a, b));
            let lengths = a.len().cmp(&b.len());
            items.fold(lengths, Ordering::then)
        }
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => match (size(a), size(b)) {
            // Integers that are equal as floats can differ.
            (Some(a_size), Some(b_size)) => a_size.total_cmp(&b_size).then_with(|| a.cmp(b)),
            _ => a.cmp(b),
        },
    }
}

fn size(id: &Value) -> Option<f64> {
    match id {
        Value::Int(id) => Some(id.to_f64()),
        Value::Float(id) => Some(*id),
        _ => None,
    }
}

/// Returns why these sorted ids can't be compared: they must be all numbers, all strings, or all
/// arrays of these. If two ids can't be compared, two neighbours between them can't be compared
/// either.
fn incomparable(ids: &[(&Value, usize)]) -> Option<String> {
    ids.windows(2).find_map(|neighbours| {
        let [(a, _), (b, _)] = neighbours else {
            return None;
        };
        (!comparable(a, b)).then(|| format!("the ids {a} and {b} can't be compared"))
    })
}

/// Returns whether two ids can be compared: their first difference must be in length, or between
/// values of the same kind.
fn comparable(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_))
        | (Value::Str(_), Value::Str(_))
        | (Value::Bool(_), Value::Bool(_))
        // In Clojure, nil precedes all other values.
        | (Value::Nil, _)
        | (_, Value::Nil) => true,
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            let mut items = a.iter().zip(b);
            items
                .find(|(a, b)| a != b)
                .is_none_or(|(a, b)| comparable(a, b))
        }
        (Value::List(_), Value::List(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use mael_history::HistoryBuilder;

    use super::*;

    /// Returns the verdict on ids, which are written in EDN.
    fn check_ids(ids: &[&str]) -> Verdict {
        let mut builder = HistoryBuilder::default();
        for id in ids {
            let id = Value::from_edn(id).unwrap();
            builder.operation(0, Kind::Invoke, "generate", Value::Nil);
            builder.operation(0, Kind::Ok, "generate", id);
        }
        check(&builder.history)
    }

    #[test]
    fn ids_range_from_the_smallest_number_and_the_shortest_list() {
        for (ids, range) in [
            (&["3", "1.5", "2"][..], "[1.5 3]"),
            (&["[2]", "[1 1]", "[1 0]"], "[[2] [1 1]]"),
            (&[], "[nil nil]"),
        ] {
            let verdict = check_ids(ids);
            assert_eq!(verdict.valid, Validity::True);
            assert_eq!(verdict.results.get("range").unwrap().to_string(), range);
        }
    }

    #[test]
    fn a_duplicate_names_the_first_two_operations_that_returned_it() {
        assert_eq!(
            check_ids(&["7", "8", "7", "7"]).explanation,
            [
                "the id 7 was generated 3 times, first by operation 1 (process 0, 0.001 s) and again \
              by operation 5 (process 0, 0.005 s)"
            ]
        );
    }

    #[test]
    fn any_two_ids_must_be_comparable() {
        for (ids, reason) in [
            (&["[]", "[\"a\"]", "[1]"][..], "[1] and [\"a\"]"),
            (&["\"a\"", "1", "2"], "2 and \"a\""),
        ] {
            let verdict = check_ids(ids);
            assert_eq!(verdict.valid, Validity::Unknown);
            let reason = format!("the ids {reason} can't be compared");
            assert_eq!(verdict.explanation, [reason]);
        }
        assert_eq!(check_ids(&["[1 \"a\"]", "[2 3]"]).valid, Validity::True);
        assert_eq!(check_ids(&["1", "nil", "2"]).valid, Validity::True);
        assert_eq!(check_ids(&["1", "nil", "nil"]).valid, Validity::False);
    }
}
