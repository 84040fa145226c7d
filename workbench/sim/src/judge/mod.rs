//! Checks a run with all checkers.
//!
//! Every test has checkers for availability, exceptions, the network and statistics, in addition to
//! that of its workload.

mod anomalies;

use mael_checkers::{
    Coverage, Explained, Verdict, availability, exceptions, explained, net, stats, stricter,
};
use mael_history::{History, NetStats, Validity, Value};

use crate::Options;
use crate::engine::{Panics, Record, Workload};

/// The results of all checkers.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// The worst of the verdicts.
    pub valid: Validity,
    /// The result map, with Maelstrom's keys.
    pub map: Value,
    /// The explanations of anomalies, with the name of the checker.
    pub explanation: Vec<(&'static str, String)>,
    /// Whether findings of [stricter checks](stricter) fail the run.
    pub strict: bool,
    /// The number of operations on which the verdict of the workload is based.
    pub coverage: Coverage,
    /// The name of the workload's anomaly, for results that don't name one.
    unnamed: &'static str,
}

impl Results {
    /// Adds panics of nodes, which fail the run if `fails` is true.
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

    /// Adds the panics of stored results.
    pub fn with_stored_panics(self, found: Value) -> Self {
        let fails = found.get("valid?") == Some(&Value::Bool(false));
        let valid = self.valid.max(Validity::from(!fails));
        Self {
            valid,
            map: self.map.with(PANIC, found).with("valid?", valid),
            ..self
        }
    }

    /// Adds the error that ended the run early. The verdict is then at best unknown, even if the
    /// history is valid. If nothing was recorded, the error is the only explanation.
    pub fn with_run_error(&self, why: &str) -> Self {
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

    /// Returns the results of this run, with its error if it has one.
    pub fn of_run(&self, record: &Record) -> Self {
        match &record.error {
            Some(error) => self.with_run_error(&error.to_string()),
            None => self.clone(),
        }
    }

    /// Returns the name of the workload's anomaly, for explanations that don't begin with one.
    pub fn unnamed(&self) -> &'static str {
        let workload = self.map.get("workload");
        match workload.and_then(|results| results.get("valid?")) {
            Some(Value::Bool(_)) => self.unnamed,
            _ => "unknown",
        }
    }

    /// Returns the explanations of anomalies, with the name of an anomaly for those that don't
    /// begin with one.
    pub fn by_anomaly(&self) -> Vec<(&'static str, String)> {
        let texts = self.explanation.iter();
        let named = texts.filter_map(|(checker, text)| {
            let name = match *checker {
                "workload" => self.unnamed(),
                checker => anomalies::of_checker(checker)?,
            };
            Some((name, text.clone()))
        });
        named.collect()
    }

    /// Returns the explanations by anomaly, those of the workload first.
    pub fn explained(&self) -> Vec<Explained<'_>> {
        let of = |checker: &'static str| {
            let texts = self.explanation.iter();
            texts.filter_map(move |(name, text)| (*name == checker).then_some(text.as_str()))
        };
        let workload = self.map.get("workload").unwrap_or(&Value::Nil);
        let valid = match workload.get("valid?") {
            Some(Value::Bool(valid)) => Validity::from(*valid),
            _ => Validity::Unknown,
        };
        let mut all = explained(valid, workload, of("workload"), self.unnamed);
        for checker in ["stats", "availability"] {
            if let Some(name) = anomalies::of_checker(checker) {
                all.extend(explained(Validity::False, &Value::Nil, of(checker), name));
            }
        }
        all
    }

    /// Returns the name of the anomaly to explain first: the first that is explained and passes the
    /// filter, or else the first of all that does.
    pub fn first_anomaly(&self, filter: impl Fn(&str) -> bool) -> Option<String> {
        let explained = self.explained().into_iter();
        let explained = explained.filter_map(|it| Some(it.anomaly?.into_owned()));
        let mut names = explained.chain(self.anomalies());
        names.find(|name| filter(name))
    }

    /// Returns the names of the findings of stricter checks, with the number of cases of each.
    pub fn stricter(&self) -> Vec<(&str, u64)> {
        let workload = self.map.get("workload");
        workload.map(stricter::of_results).unwrap_or_default()
    }

    /// Returns the validity. With `strict`, findings of stricter checks are failures.
    pub fn outcome(&self) -> Validity {
        stricter::outcome(self.valid, self.strict, &self.stricter())
    }
}

/// The key of panics in the results.
pub const PANIC: &str = "panic";

/// Checks the record of a run.
///
/// If the operations of the history [can't be paired](History::pairs), the verdict of the workload
/// is unknown, regardless of its checker.
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
