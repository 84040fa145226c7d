//! Counters: each final read must return a possible sum of the additions.

use std::fmt;

use mael_history::text::counted;
use mael_history::{History, Integer, Kind, Operation, PairEvent, Validity, Value};

use super::Coverage;
use super::coverage::{is_ok, no_such, recorded_value, understood};
use crate::Verdict;

/// The maximum number of intervals of acceptable values. Each addition of unknown outcome can
/// double them; beyond this limit the verdict is unknown. The intervals of small additions merge,
/// so histories of the workloads stay far below.
const MAX_INTERVALS: usize = 100_000;

/// The maximum memory of the intervals, in bytes. It is reached first if their bounds have hundreds
/// of digits.
const MAX_BYTES: usize = 16 << 20;

/// The maximum number of intervals in an explanation.
const LISTED: usize = 10;

/// Checks that every final read is a possible sum: acknowledged additions count, and each addition
/// of unknown outcome may or may not count. If the possible sums form more than 100,000 intervals,
/// or intervals of more than 16 MiB, the verdict is unknown. Source: page "Checkers", section 6.
pub fn check(history: &History) -> Verdict {
    let pairs = match understood(history, judges) {
        Ok(pairs) => pairs,
        Err(reason) => return Verdict::unknown(reason),
    };
    let mut acknowledged = Additions::default();
    let mut unknown = Vec::new();
    let mut reads = Vec::new();
    for event in &pairs.events {
        let PairEvent::Completion(number) = *event else {
            continue;
        };
        let (invocation, completion) = pairs.list[number as usize];
        let Some(completion) = completion else {
            continue;
        };
        match (
            completion.kind,
            &*completion.f,
            recorded_value(invocation, Some(completion)),
        ) {
            (Kind::Ok, "add", Value::Int(delta)) => acknowledged.add(delta),
            (Kind::Info, "add", Value::Int(delta)) => unknown.push(delta),
            (Kind::Ok, "read", _) if completion.is_final => reads.push(completion),
            _ => {}
        }
    }
    let values: Vec<Value> = reads.iter().map(|read| read.value.clone()).collect();
    let Some(acceptable) = Intervals::possible(&acknowledged.sum, &unknown) else {
        return too_many(unknown.len(), values);
    };
    let wrong = |read: &&Operation| !acceptable.contain(&read.value);
    let errors: Vec<&Operation> = reads.iter().copied().filter(wrong).collect();
    let valid = Validity::from(errors.is_empty());
    let sum = &acknowledged.sum;
    let made = counted(acknowledged.count as u64, "acknowledged addition");
    let open = match unknown.len() as u64 {
        0 => String::new(),
        open => format!(
            ", and the outcome of {} is unknown",
            counted(open, "addition")
        ),
    };
    let explanation = errors.iter().map(|read| {
        format!(
            "the final read of {} returned {}, but only {acceptable} is acceptable: \
             the sum of {made} is {sum}{open}",
            read.label(),
            read.value,
        )
    });
    let explanation = explanation.collect();
    let errors: Vec<Value> = errors.into_iter().map(Operation::to_value).collect();
    Verdict {
        valid,
        results: Value::map([
            ("valid?", valid.into()),
            ("errors", Some(errors).filter(|it| !it.is_empty()).into()),
            ("final-reads", values.into()),
            ("acceptable", acceptable.to_value()),
        ]),
        explanation,
    }
}

/// Returns how many operations are judged: none unless there is a final read.
pub fn coverage(history: &History) -> Coverage {
    let is_read = |completion: &Operation| {
        completion.kind == Kind::Ok && completion.f == "read" && completion.is_final
    };
    let reads = history.completions().any(is_read);
    Coverage::of(history, judges).only_if(reads)
}

/// Final reads judge the acknowledged additions. Those of unknown outcome count as unknown.
fn judges(invocation: &Operation, completion: Option<&Operation>) -> Result<bool, String> {
    match (&*invocation.f, recorded_value(invocation, completion)) {
        ("add", Value::Int(_)) => Ok(is_ok(completion)),
        ("add", other) => Err(format!("expected an integer, not {other}")),
        ("read", _) => {
            Ok(completion.is_some_and(|completion| completion.is_final) && is_ok(completion))
        }
        (f, _) => Err(no_such(f, "add or read")),
    }
}

fn too_many(unknown: usize, final_reads: Vec<Value>) -> Verdict {
    let reason = format!(
        "there are {unknown} additions whose outcome is unknown, and the possible sums form more \
         than {MAX_INTERVALS} intervals, or intervals of more than {} MiB: add smaller numbers",
        MAX_BYTES >> 20
    );
    Verdict {
        valid: Validity::Unknown,
        results: Value::map([
            ("valid?", Validity::Unknown.into()),
            ("error", reason.clone().into()),
            ("final-reads", final_reads.into()),
        ]),
        explanation: vec![reason],
    }
}

/// Additions that were acknowledged.
#[derive(Default)]
struct Additions {
    count: usize,
    sum: Integer,
}

impl Additions {
    fn add(&mut self, delta: &Integer) {
        self.count += 1;
        self.sum = &self.sum + delta;
    }
}

/// A set of integers: closed intervals in ascending order, with gaps between them.
struct Intervals(Vec<(Integer, Integer)>);

impl Intervals {
    /// Returns the possible sums if each unknown addition counts or does not; `None` if there are
    /// too many intervals.
    fn possible(sum: &Integer, unknown: &[&Integer]) -> Option<Self> {
        let mut all = Self(vec![(sum.clone(), sum.clone())]);
        // The order does not affect the result. With small additions first, gaps are closed early.
        let mut unknown = unknown.to_vec();
        unknown.sort_by_cached_key(|delta| delta.abs());
        for delta in unknown {
            all.widen(delta);
            if all.0.len() > MAX_INTERVALS || all.bytes() > MAX_BYTES {
                return None;
            }
        }
        Some(all)
    }

    /// Returns an upper bound on the memory of the intervals, in bytes.
    fn bytes(&self) -> usize {
        let ends = [self.0.first(), self.0.last()].into_iter().flatten();
        let widest = ends.map(|(low, high)| low.bytes().max(high.bytes())).max();
        2 * self.0.len() * widest.unwrap_or(0)
    }

    /// Adds to the set each of its members plus `delta`.
    fn widen(&mut self, delta: &Integer) {
        let shifted = self.0.iter().map(|(low, high)| (low + delta, high + delta));
        let shifted: Vec<(Integer, Integer)> = shifted.collect();
        let mut all = std::mem::take(&mut self.0);
        all.extend(shifted);
        // The sort merges the two halves, which are sorted already.
        all.sort();
        let one = Integer::from(1);
        for (low, high) in all {
            match self.0.last_mut() {
                Some(last) if low <= &last.1 + &one => {
                    if last.1 < high {
                        last.1 = high;
                    }
                }
                _ => self.0.push((low, high)),
            }
        }
    }

    fn contain(&self, value: &Value) -> bool {
        let Value::Int(value) = value else {
            return false;
        };
        self.0
            .iter()
            .any(|(low, high)| (low..=high).contains(&value))
    }

    fn to_value(&self) -> Value {
        let intervals = self
            .0
            .iter()
            .map(|(low, high)| vec![low.clone(), high.clone()].into());
        Value::List(intervals.collect())
    }
}

impl fmt::Display for Intervals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (low, high)) in self.0.iter().take(LISTED).enumerate() {
            let or = if position == 0 { "" } else { " or " };
            if low == high {
                write!(f, "{or}{low}")?;
            } else {
                write!(f, "{or}{low} to {high}")?;
            }
        }
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " or in {}", counted(more as u64, "more interval")),
        }
    }
}

#[cfg(test)]
mod tests {
    use Kind::{Fail, Info, Invoke, Ok};

    use super::*;
    use mael_history::HistoryBuilder;

    fn add(builder: &mut HistoryBuilder, kind: Kind, delta: i32) {
        builder.operation(0, Invoke, "add", delta);
        builder.operation(0, kind, "add", delta);
    }

    fn final_read(builder: &mut HistoryBuilder, value: i32) {
        builder.last_operation(1, Invoke, "read", Value::Nil);
        builder.last_operation(1, Ok, "read", value);
    }

    /// Returns the additions of the example in page "Checkers", section 6, then a final read.
    fn example(value: i32) -> Verdict {
        let mut builder = HistoryBuilder::default();
        for (kind, delta) in [(Ok, 3), (Ok, 4), (Info, 1), (Info, 4), (Fail, 100)] {
            add(&mut builder, kind, delta);
        }
        final_read(&mut builder, value);
        check(&builder.history)
    }

    #[test]
    fn additions_of_unknown_outcome_may_count_or_not() {
        for (value, valid) in [
            (6, false),
            (7, true),
            (8, true),
            (10, false),
            (11, true),
            (12, true),
            (13, false),
            (107, false),
        ] {
            let verdict = example(value);
            assert_eq!(verdict.valid, valid.into(), "{value}");
            let acceptable = verdict.results.get("acceptable").unwrap();
            assert_eq!(acceptable.to_string(), "[[7 8] [11 12]]");
            assert_eq!(verdict.explanation.is_empty(), valid);
        }
    }

    #[test]
    fn a_wrong_read_is_explained() {
        assert_eq!(
            example(10).explanation,
            [
                "the final read of operation 11 (process 1, 0.011 s) returned 10, but only 7 to 8 \
                 or 11 to 12 is acceptable: the sum of 2 acknowledged additions is 7, and the \
                 outcome of 2 additions is unknown"
            ]
        );
    }

    #[test]
    fn explanations_use_the_singular_for_one_addition() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 3);
        add(&mut builder, Info, 1);
        final_read(&mut builder, 0);
        let explanation = check(&builder.history).explanation.join("");
        let ending = "the sum of 1 acknowledged addition is 3, and the outcome of 1 addition is \
                      unknown";
        assert!(explanation.ends_with(ending), "{explanation}");
    }

    #[test]
    fn explanations_mention_no_unknown_outcome_if_there_is_none() {
        let mut builder = HistoryBuilder::default();
        add(&mut builder, Ok, 3);
        final_read(&mut builder, 0);
        let explanation = check(&builder.history).explanation.join("");
        let ending = "only 3 is acceptable: the sum of 1 acknowledged addition is 3";
        assert!(explanation.ends_with(ending), "{explanation}");
    }

    #[test]
    fn negative_additions_widen_downwards() {
        let mut builder = HistoryBuilder::default();
        for delta in [-4, 2, 0] {
            add(&mut builder, Info, delta);
        }
        let verdict = check(&builder.history);
        let acceptable = verdict.results.get("acceptable").unwrap();
        assert_eq!(acceptable.to_string(), "[[-4 -4] [-2 -2] [0 0] [2 2]]");
    }

    /// Returns the verdict on additions of unknown outcome: this many powers of 3, the greatest
    /// first, then `ones` times 1.
    fn spread(powers: u32, ones: usize) -> Verdict {
        let mut builder = HistoryBuilder::default();
        for power in (0..powers).rev() {
            add(&mut builder, Info, 3_i32.pow(power));
        }
        for _ in 0..ones {
            add(&mut builder, Info, 1);
        }
        final_read(&mut builder, 4);
        check(&builder.history)
    }

    #[test]
    fn too_many_intervals_make_the_verdict_unknown() {
        // All subsets of the powers have different sums. Two sums differ by 1 only if their subsets
        // differ in the smallest power, 1.
        let judged = spread(17, 0);
        let acceptable = judged.results.get("acceptable").unwrap();
        assert!(matches!(acceptable, Value::List(pieces) if pieces.len() == 1 << 16));
        assert_eq!(judged.valid, Validity::True);
        for powers in [18, 20] {
            let verdict = spread(powers, 0);
            assert_eq!(verdict.valid, Validity::Unknown);
            let reason = format!("there are {powers} additions whose outcome is unknown");
            assert!(verdict.explanation[0].starts_with(&reason));
            let Some(Value::Str(error)) = verdict.results.get("error") else {
                panic!("{}", verdict.results);
            };
            assert_eq!(*error, verdict.explanation[0]);
            let reads = verdict.results.get("final-reads").unwrap();
            assert_eq!(reads.to_string(), "[4]");
        }
    }

    #[test]
    fn small_additions_close_the_gaps_of_large_ones() {
        let verdict = spread(20, 3_usize.pow(8));
        assert_eq!(verdict.valid, Validity::True);
    }

    #[test]
    fn only_final_reads_are_judged() {
        let mut builder = HistoryBuilder::default();
        builder.operation(0, Invoke, "read", Value::Nil);
        builder.operation(0, Ok, "read", 5);
        // An addition that never completed does not widen the acceptable sums.
        builder.operation(2, Invoke, "add", 3);
        let verdict = check(&builder.history);
        assert_eq!(
            verdict.results.to_string(),
            "{:acceptable [[0 0]], :errors nil, :final-reads [], :valid? true}"
        );
        final_read(&mut builder, 3);
        assert_eq!(check(&builder.history).valid, Validity::False);
    }
}
