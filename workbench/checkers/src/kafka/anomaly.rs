//! Reports of an anomaly's cases.

use mael_history::Value;

use super::analysis::Analysis;

/// One case of an anomaly.
pub(super) trait Case {
    /// Returns the case as a map, with Jepsen's keys.
    fn to_value(&self, analysis: &Analysis<'_>) -> Value;

    /// Describes the case in a sentence.
    fn explain(&self, analysis: &Analysis<'_>) -> String;

    /// Returns how complex the case is: the smallest case is the one explained.
    fn size(&self) -> usize;
}

/// An anomaly of a history.
pub(super) struct Anomaly {
    /// The key in the result map.
    pub(super) name: &'static str,
    pub(super) result: Value,
    pub(super) explanation: String,
}

impl Anomaly {
    /// Reports an anomaly by its cases, of which `shown` are listed; `None` without cases.
    pub(super) fn of<'c, C: Case + 'c>(
        name: &'static str,
        cases: &'c [C],
        shown: impl IntoIterator<Item = &'c C>,
        analysis: &Analysis<'_>,
    ) -> Option<Self> {
        let smallest = cases.iter().min_by_key(|case| case.size())?;
        let shown = shown.into_iter().map(|case| case.to_value(analysis));
        Some(Self {
            name,
            result: Value::map([
                ("count", cases.len().into()),
                ("errs", Value::List(shown.collect())),
            ]),
            explanation: smallest.explain(analysis),
        })
    }
}
