//! Logs: what is sent must be polled, by everyone, in one order and at one place.
//!
//! Source: Jepsen's kafka checker as Maelstrom uses it (assignments, no transactions), page
//! "Checkers", section 8.

mod analysis;
mod anomaly;

mod clojure;
mod cycles;
mod events;
mod jumps;
mod lag;
mod log;
mod lost;
mod offsets;
pub mod steps;
#[cfg(test)]
mod tests;
mod unseen;
mod visible;

use std::fmt;
use std::str::FromStr;

use analysis::Analysis;
use anomaly::Anomaly;
use mael_history::{History, Kind, Validity, Value};
use serde::{Deserialize, Serialize};

use super::Coverage;
use crate::Verdict;

/// Under which key the completion of an assignment has the committed offsets that the node listed.
pub const COMMITTED: &str = "committed-offsets";

/// Anomalies that are reported, but are as they should be where operations are no transactions.
const ALLOWED: [&str; 6] = [
    "G0",
    "G0-process",
    "G0-realtime",
    "PL-1-cycle-exists",
    "int-send-skip",
    "strong-PL-1-cycle-exists",
];

/// Anomalies that are as they should be where keys may be rebalanced between consumers at any time.
const REBALANCED: [&str; 2] = ["nonmonotonic-poll", "poll-skip"];

/// How consumers choose the keys that they poll: Jepsen's `:sub-via`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubVia {
    /// By an assignment, which stays as it is until the next one.
    #[default]
    Assign,
    /// By a subscription: keys may be rebalanced between the consumers of a group at any time, which
    /// moves their positions.
    Subscribe,
}

impl SubVia {
    fn name(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Subscribe => "subscribe",
        }
    }
}

impl fmt::Display for SubVia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SubVia {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut all = [Self::Assign, Self::Subscribe].into_iter();
        all.find(|way| way.name() == name)
            .ok_or_else(|| "must be assign or subscribe".to_owned())
    }
}

/// There must be no anomaly in what clients sent to logs and polled from them.
///
/// The log of a key is put together from what sends and polls say of its offsets; gaps in the
/// offsets do not count. Better than the original: a message that was polled and that nobody sent
/// is an anomaly of its own (`garbage-read`) instead of the end of the analysis, a send that never
/// ended counts as one whose outcome is unknown, keys whose polls were always empty do no harm,
/// and neither time nor memory depend on how large offsets are. A history without operations is
/// unknown, as on the original, which can't judge it.
pub fn check(history: &History, sub_via: SubVia) -> Verdict {
    let analysis = match Analysis::new(history) {
        Ok(analysis) => analysis,
        Err(reason) => return Verdict::unknown(reason),
    };
    if history.client_operations().next().is_none() {
        return Verdict::unknown("the history has no operation of a client");
    }
    let anomalies = anomalies(&analysis);
    let rebalanced = match sub_via {
        SubVia::Assign => &[][..],
        SubVia::Subscribe => &REBALANCED,
    };
    let allowed =
        |anomaly: &&Anomaly| ALLOWED.contains(&anomaly.name) || rebalanced.contains(&anomaly.name);
    let bad: Vec<&Anomaly> = anomalies.iter().filter(|it| !allowed(it)).collect();
    let valid = Validity::from(bad.is_empty());
    let explanation = bad
        .iter()
        .map(|anomaly| format!("{}: {}", anomaly.name, anomaly.explanation));
    let fixed = [
        ("valid?", valid.into()),
        ("worst-realtime-lag", lag::worst(&analysis)),
        ("bad-error-types", names(bad.iter().copied())),
        ("error-types", names(&anomalies)),
        ("info-txn-causes", causes(&analysis)),
    ];
    let explanation = explanation.collect();
    let found = anomalies.into_iter().map(|it| (it.name, it.result));
    Verdict {
        valid,
        results: Value::map(fixed.into_iter().chain(found)),
        explanation,
    }
}

/// How many operations of a history [`check`] judges.
pub fn coverage(history: &History) -> Coverage {
    Coverage::of(history, events::judges)
}

/// All anomalies, the most important first.
fn anomalies(analysis: &Analysis<'_>) -> Vec<Anomaly> {
    let [poll_skip, nonmonotonic_poll] = jumps::between_polls(analysis);
    let [int_poll_skip, int_nonmonotonic_poll] = jumps::within_polls(analysis);
    let [int_send_skip, int_nonmonotonic_send] = jumps::within_sends(analysis);
    let found = [
        lost::lost_writes(analysis),
        offsets::inconsistent(analysis),
        offsets::duplicate(analysis),
        visible::aborted(analysis),
        visible::garbage(analysis),
        visible::precommitted(analysis),
        poll_skip,
        nonmonotonic_poll,
        int_poll_skip,
        int_nonmonotonic_poll,
        jumps::between_sends(analysis),
        int_nonmonotonic_send,
        int_send_skip,
        unseen::unseen(analysis),
    ];
    found
        .into_iter()
        .flatten()
        .chain(cycles::cycles(analysis))
        .collect()
}

/// The names of anomalies, sorted.
fn names<'a>(anomalies: impl IntoIterator<Item = &'a Anomaly>) -> Value {
    let mut names: Vec<Value> = anomalies
        .into_iter()
        .map(|anomaly| Value::keyword(anomaly.name))
        .collect();
    names.sort();
    Value::List(names)
}

/// Why the outcomes of sends and polls are unknown, each reason once.
fn causes(analysis: &Analysis<'_>) -> Value {
    let mut causes = Vec::new();
    let ended = analysis.events.iter().filter(|it| it.is_transaction());
    for completion in ended.filter_map(|event| event.completion) {
        let cause = completion.error.clone().unwrap_or_default();
        if completion.kind == Kind::Info && !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    Value::List(causes)
}
