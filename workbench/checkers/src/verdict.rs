//! What a checker has to say.

use mael_history::{Validity, Value};

/// What a checker has to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the history is right.
    pub valid: Validity,
    /// The result map, with Maelstrom's keys; `valid?` is among them.
    pub results: Value,
    /// What is wrong and why, in words, the most important first. Empty if nothing is.
    pub explanation: Vec<String>,
}

impl Verdict {
    /// The verdict on a history that can't be judged, and why.
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
