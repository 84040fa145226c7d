//! Collects the anomalies that a check finds, by name.

use std::collections::BTreeMap;

use mael_history::{Validity, Value};

use crate::Verdict;

/// The anomalies that a check has found.
///
/// ```
/// use mael_checkers::Findings;
/// use mael_history::Validity;
///
/// let mut findings = Findings::default();
/// assert_eq!(findings.clone().into_verdict().valid, Validity::True);
///
/// findings.add("token-reused", "token 3 was given out twice");
/// let verdict = findings.into_verdict();
/// assert_eq!(verdict.valid, Validity::False);
/// assert!(verdict.anomalies("unnamed").contains("token-reused"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Findings {
    cases: BTreeMap<&'static str, Vec<Value>>,
    explanation: Vec<String>,
}

impl Findings {
    /// Adds a case of the anomaly `name`, such as `token-reused`, with a sentence that explains it.
    pub fn add(&mut self, name: &'static str, explanation: impl Into<String>) {
        let explanation = explanation.into();
        let cases = self.cases.entry(name).or_default();
        self.explanation.push(format!("{name}: {explanation}"));
        cases.push(explanation.into());
    }

    /// Returns the verdict: invalid if anything was found. The results list the names of the
    /// anomalies as `anomaly-types`, and the cases of each as `anomalies`.
    pub fn into_verdict(self) -> Verdict {
        let valid = Validity::from(self.cases.is_empty());
        let names = self.cases.keys().map(|name| Value::keyword(*name));
        let names: Vec<Value> = names.collect();
        let cases = self.cases.into_iter();
        let cases = cases.map(|(name, cases)| (name, Value::List(cases)));
        Verdict {
            valid,
            results: Value::map([
                ("valid?", valid.into()),
                ("anomaly-types", Value::List(names)),
                ("anomalies", Value::map(cases)),
            ]),
            explanation: self.explanation,
        }
    }
}
