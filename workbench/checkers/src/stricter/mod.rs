#![doc = include_str!("../../docs/stricter.md")]

pub(crate) mod elements;
pub mod keys;
pub mod replies;
pub mod sums;

use std::collections::BTreeMap;

use mael_history::{Operation, Validity, Value};

use crate::Verdict;

/// The maximum number of examples of a finding: the first cases in the history.
const EXAMPLES: usize = 8;

/// The maximum number of cases of a finding that are explained.
const EXPLAINED: usize = 3;

/// The key of the findings in result maps.
const KEY: &str = "stricter";

/// The findings of stricter checks in a history, by name.
#[derive(Debug, Default)]
pub struct Stricter(BTreeMap<&'static str, Finding>);

/// The cases of one finding.
#[derive(Debug, Default)]
struct Finding {
    count: usize,
    /// The first cases, in the order of the history.
    examples: Vec<Example>,
}

#[derive(Debug)]
struct Example {
    index: usize,
    value: Value,
    text: String,
}

impl Stricter {
    /// Adds a case of a finding. `explain` returns the entries of the example in addition to `op`,
    /// and the rest of a sentence whose subject is the operation, such as "read 7, which was never
    /// added". It is called only for the first cases of a history, so that memory does not grow
    /// with the number of cases.
    pub fn add(
        &mut self,
        name: &'static str,
        operation: &Operation,
        explain: impl FnOnce() -> (Vec<(&'static str, Value)>, String),
    ) {
        let finding = self.0.entry(name).or_default();
        finding.count += 1;
        let index = operation.index;
        let place = finding.examples.partition_point(|it| it.index <= index);
        if place == EXAMPLES {
            return;
        }
        let (entries, text) = explain();
        let entries = entries.into_iter().chain([("op", operation.to_value())]);
        let example = Example {
            index,
            value: Value::map(entries),
            text: format!("{} {text}", operation.label()),
        };
        finding.examples.insert(place, example);
        finding.examples.truncate(EXAMPLES);
    }
}

impl Verdict {
    /// Adds the findings of stricter checks, which do not change `valid`.
    #[must_use]
    pub fn with_stricter(mut self, stricter: Stricter) -> Self {
        if stricter.0.is_empty() {
            return self;
        }
        for (name, Finding { count, examples }) in &stricter.0 {
            let explained = examples.iter().take(EXPLAINED);
            let texts = explained.map(|example| format!("stricter, {name}: {}", example.text));
            self.explanation.extend(texts);
            if *count > EXPLAINED {
                let more = count - EXPLAINED;
                self.explanation
                    .push(format!("stricter, {name}: and {more} more"));
            }
        }
        let findings = stricter.0.into_iter().map(|(name, finding)| {
            let examples = finding.examples.into_iter().map(|example| example.value);
            let finding = [
                ("count", finding.count.into()),
                ("errs", Value::List(examples.collect())),
            ];
            (name, Value::map(finding))
        });
        self.results = self.results.with(KEY, Value::map(findings));
        self
    }

    /// Returns the findings of stricter checks: their names and the number of cases of each.
    pub fn stricter(&self) -> Vec<(&str, u64)> {
        of_results(&self.results)
    }

    /// Returns the validity. If `strict`, a finding of a stricter check makes it `False`.
    pub fn outcome(&self, strict: bool) -> Validity {
        outcome(self.valid, strict, &self.stricter())
    }
}

/// Returns the findings of stricter checks in the result map of a workload.
pub fn of_results(results: &Value) -> Vec<(&str, u64)> {
    let Some(Value::Map(findings)) = results.get(KEY) else {
        return Vec::new();
    };
    let findings = findings.iter().filter_map(|(name, finding)| {
        let count = finding.get("count")?.to_string();
        Some((name.name()?, count.parse().ok()?))
    });
    findings.collect()
}

/// Returns the validity of a run with these findings. If `strict`, a finding makes it `False`.
pub fn outcome(valid: Validity, strict: bool, findings: &[(&str, u64)]) -> Validity {
    if strict && !findings.is_empty() {
        Validity::False
    } else {
        valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_history::{HistoryBuilder, Kind};

    fn valid() -> Verdict {
        Verdict {
            valid: Validity::True,
            results: Value::map([("valid?", true.into())]),
            explanation: Vec::new(),
        }
    }

    /// Returns a verdict on operations that each have a case, added from the last to the first.
    fn with_cases(count: usize) -> Verdict {
        let mut builder = HistoryBuilder::default();
        for process in 0..count {
            builder.operation(process, Kind::Ok, "read", Value::Nil);
        }
        let mut stricter = Stricter::default();
        for operation in builder.history.0.iter().rev() {
            let value = Value::from(operation.index);
            let case = || (vec![("element", value)], "read 7".to_owned());
            stricter.add("garbage-read", operation, case);
        }
        valid().with_stricter(stricter)
    }

    #[test]
    fn a_verdict_without_findings_is_unchanged() {
        assert_eq!(valid().with_stricter(Stricter::default()), valid());
        assert_eq!(valid().outcome(true), Validity::True);
    }

    #[test]
    fn a_finding_fails_a_verdict_only_if_strict() {
        let verdict = with_cases(1);
        assert_eq!(verdict.valid, Validity::True);
        assert_eq!(verdict.outcome(false), Validity::True);
        assert_eq!(verdict.outcome(true), Validity::False);
        assert_eq!(
            verdict.explanation,
            ["stricter, garbage-read: operation 0 (process 0, 0.000 s) read 7"]
        );
    }

    #[test]
    fn all_cases_are_counted_and_the_first_are_examples() {
        let verdict = with_cases(20);
        assert_eq!(verdict.stricter(), [("garbage-read", 20)]);
        let finding = verdict.results.get("stricter").unwrap();
        let examples = finding.get("garbage-read").unwrap().get("errs").unwrap();
        let places: Vec<String> = examples
            .items()
            .map(|example| example.get("element").unwrap().to_string())
            .collect();
        assert_eq!(places, ["0", "1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!(verdict.explanation.len(), 4);
        assert!(verdict.explanation[3].ends_with("and 17 more"));
    }
}
