//! The results of checking recorded histories.

use std::path::PathBuf;
use std::time::Duration;

use mael_checkers::{Coverage, Verdict};
use mael_history::{Validity, Value};

/// A history that was checked, or could not be read.
pub(crate) struct Checked {
    pub(crate) path: PathBuf,
    pub(crate) outcome: anyhow::Result<Judged>,
}

/// The result of a check.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// The counts of operations.
    pub(crate) coverage: Coverage,
    /// Irregularities of the file.
    pub(crate) notes: Vec<String>,
    /// The names of the anomalies.
    pub(crate) anomalies: Vec<String>,
    /// The name of an anomaly that the results do not name.
    pub(crate) unnamed: &'static str,
    /// The time to read the file.
    pub(crate) reading: Duration,
    /// The time to check the history.
    pub(crate) checking: Duration,
}

impl Checked {
    /// Returns whether there is nothing to explain.
    pub(crate) fn is_good(&self) -> bool {
        let judged = self.outcome.as_ref().ok();
        judged
            .is_some_and(|it| it.verdict.outcome(true) == Validity::True && it.coverage.judged > 0)
    }

    pub(crate) fn to_value(&self) -> Value {
        let results = match &self.outcome {
            Ok(judged) => {
                let notes = Some(&judged.notes).filter(|notes| !notes.is_empty());
                let results = judged.verdict.results.clone();
                let results = results.with("operations", judged.coverage.to_value());
                match notes {
                    Some(notes) => results.with("notes", notes.clone()),
                    None => results,
                }
            }
            Err(error) => Value::map([
                ("valid?", Validity::Unknown.into()),
                ("error", format!("{error:#}").into()),
            ]),
        };
        results.with("history", self.path.display().to_string())
    }
}
