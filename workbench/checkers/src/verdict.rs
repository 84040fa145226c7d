//! The result of a checker.

use mael_history::{Validity, Value};

/// The result of a checker.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the history is valid.
    pub valid: Validity,
    /// The result map, with Maelstrom's keys; `valid?` is among them.
    pub results: Value,
    /// Explanations of the anomalies, the most important first. Empty if there are none. Each
    /// begins with the name of its anomaly and a colon, if `results` names anomalies.
    pub explanation: Vec<String>,
}

impl Verdict {
    /// Returns the verdict on a history that can't be judged, with the reason.
    pub fn unknown(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let valid = Validity::Unknown;
        Self {
            valid,
            results: Value::map([("valid?", valid.into()), ("error", reason.clone().into())]),
            explanation: vec![reason],
        }
    }
}
