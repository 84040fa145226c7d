//! What all checkers together say of a run.
//!
//! Every test has those for availability, exceptions, the network and statistics, beside that of its
//! workload.

mod anomalies;

use mael_checkers::{Coverage, Verdict, availability, exceptions, net, stats, stricter};
use mael_history::{History, NetStats, Validity, Value};

use crate::Options;
use crate::engine::Panics;
use crate::workloads::Workload;

/// What all checkers together say of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// The worst of the verdicts.
    pub valid: Validity,
    /// The result map, with Maelstrom's keys.
    pub map: Value,
    /// What is wrong and why, in words: the checker's name, and what it says.
    pub explanation: Vec<(&'static str, String)>,
    /// Whether findings of [stricter checks](stricter) make the run fail.
    pub strict: bool,
    /// How many operations the workload's verdict rests on.
    pub coverage: Coverage,
    /// What the workload calls the anomalies that its results do not name.
    unnamed: &'static str,
}

impl Results {
    /// The same of a run in which these nodes panicked, which `fails` the run or is only mentioned.
    pub fn with_panics(self, panics: &Panics, fails: bool) -> Self {
        if panics.is_empty() {
            return self;
        }
        self.with_stored_panics(Value::map([
            ("valid?", Value::Bool(!fails)),
            ("count", panics.count().into()),
            ("places", panics.to_value()),
        ]))
    }

    /// The same with what the results of this run said of panics before.
    pub fn with_stored_panics(self, found: Value) -> Self {
        let fails = found.get("valid?") == Some(&Value::Bool(false));
        let valid = self.valid.max(Validity::from(!fails));
        Self {
            valid,
            map: self.map.with(PANIC, found).with("valid?", valid),
            ..self
        }
    }

    /// The same of a run that was broken off for this reason: all that was recorded may be right,
    /// but the run was not. If nothing was recorded, this reason is the only one.
    pub fn broken_off(&self, why: &str) -> Self {
        let valid = self.valid.max(Validity::Unknown);
        let map = self.map.clone().with("valid?", valid);
        let mut explanation = self.explanation.clone();
        explanation.retain(|_| self.coverage.read() > 0);
        Self {
            valid,
            map: map.with("error", why),
            explanation,
            ..self.clone()
        }
    }

    /// The findings of stricter checks: their names, and how many cases there are of each.
    pub fn stricter(&self) -> Vec<(&str, u64)> {
        let workload = self.map.get("workload");
        workload.map(stricter::of_results).unwrap_or_default()
    }

    /// The validity, where findings of stricter checks count as failures if they are to.
    pub fn outcome(&self) -> Validity {
        stricter::outcome(self.valid, self.strict, &self.stricter())
    }
}

/// What panics of nodes are called among the results.
pub const PANIC: &str = "panic";

/// Judges what was recorded of a run.
///
/// The workload's verdict on a history whose operations [can't be told apart](History::pairs) is
/// unknown, whatever its checker is.
pub fn check(
    options: &Options,
    workload: &dyn Workload,
    history: &History,
    net: &NetStats,
) -> Results {
    let verdicts = [
        ("workload", judge(options, workload, history)),
        ("stats", stats::check(history)),
        (
            "availability",
            availability::check(history, options.availability),
        ),
        ("net", net::check(net, history)),
        ("exceptions", exceptions::check(history)),
    ];
    let valid = verdicts
        .iter()
        .map(|(_, verdict)| verdict.valid)
        .max()
        .unwrap_or_default();
    let mut explanation = Vec::new();
    let mut entries = vec![("valid?", Value::from(valid))];
    for (
        name,
        Verdict {
            results,
            explanation: texts,
            ..
        },
    ) in verdicts
    {
        entries.push((name, results));
        explanation.extend(texts.into_iter().map(|text| (name, text)));
    }
    Results {
        valid,
        map: Value::map(entries),
        explanation,
        coverage: workload.coverage(history),
        strict: options.strict,
        unnamed: workload.anomaly(),
    }
}

fn judge(options: &Options, workload: &dyn Workload, history: &History) -> Verdict {
    match history.pairs() {
        Ok(_) => workload.check(options, history),
        Err(unpaired) => Verdict::unknown(unpaired.to_string()),
    }
}
