//! How the cases of an anomaly are reported.

use mael_history::Value;

use super::analysis::Analysis;

/// One case of an anomaly.
pub(super) trait Case {
    /// The case as a map, with Jepsen's keys.
    fn to_value(&self, analysis: &Analysis<'_>) -> Value;

    /// What happened, in a sentence.
    fn explain(&self, analysis: &Analysis<'_>) -> String;

    /// How much there is to understand: the smallest case is the one explained.
    fn size(&self) -> usize;
}

/// What is wrong with a history, in one respect.
pub(super) struct Anomaly {
    /// The key in the result map.
    pub(super) name: &'static str,
    pub(super) result: Value,
    pub(super) explanation: String,
}

impl Anomaly {
    /// Reports all cases of an anomaly, of which `shown` are shown; None if there are none.
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
            explanation: match cases.len() {
                1 => smallest.explain(analysis),
                count => format!("{} ({count} such cases)", smallest.explain(analysis)),
            },
        })
    }
}
