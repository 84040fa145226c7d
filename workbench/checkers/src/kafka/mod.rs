//! Logs: every message that is sent must be polled, at one offset and in the same order by all
//! consumers.
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
pub mod stricter;
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
use crate::{Verdict, elle};

/// The key under which the completion of an assignment has the committed offsets that the node
/// listed.
pub const COMMITTED: &str = "committed-offsets";

/// Anomalies that are reported but allowed, since the operations are not transactions.
const ALLOWED: [&str; 6] = [
    "G0",
    "G0-process",
    "G0-realtime",
    "PL-1-cycle-exists",
    "int-send-skip",
    "strong-PL-1-cycle-exists",
];

/// Anomalies that are allowed if keys may be rebalanced between consumers at any time.
const REBALANCED: [&str; 2] = ["nonmonotonic-poll", "poll-skip"];

/// The anomalies that are not cycles.
const OTHERS: [&str; 16] = [
    "G1a",
    "cycle-search-timeout",
    "duplicate",
    "empty-transaction-graph",
    "garbage-read",
    "inconsistent-offsets",
    "int-nonmonotonic-poll",
    "int-nonmonotonic-send",
    "int-poll-skip",
    "int-send-skip",
    "lost-write",
    "nonmonotonic-poll",
    "nonmonotonic-send",
    "poll-skip",
    "precommitted-read",
    "unseen",
];

/// Returns the names of all anomalies that the checker can report.
pub(crate) fn anomaly_names() -> impl Iterator<Item = &'static str> {
    let cycles = elle::cycles::anomalies().chain(elle::cycle_exists::anomalies());
    cycles.chain(OTHERS)
}

/// How consumers choose the keys that they poll: Jepsen's `:sub-via`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubVia {
    /// By an assignment, which is in effect until the next one.
    #[default]
    Assign,
    /// By a subscription: keys may be rebalanced between the consumers of a group at any time,
    /// which moves their positions.
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
        all.find(|sub_via| sub_via.name() == name)
            .ok_or_else(|| "must be assign or subscribe".to_owned())
    }
}

/// Checks that there is no anomaly in the messages that clients sent and polled.
///
/// The log of a key is reconstructed from the offsets that sends and polls returned; gaps between
/// offsets are ignored. Unlike in Maelstrom, a polled message that no client sent is a separate
/// anomaly (`garbage-read`) and does not end the analysis, a send that never completed is treated
/// as one of unknown outcome, keys whose polls were always empty are allowed, and neither time nor
/// memory depend on the size of offsets. A history without operations is unknown, as in Maelstrom.
pub fn check(history: &History, sub_via: SubVia) -> Verdict {
    let analysis = match Analysis::new(history) {
        Ok(analysis) => analysis,
        Err(reason) => return Verdict::unknown(reason),
    };
    if history.client_operations().next().is_none() {
        return Verdict::unknown("the history has no client operations");
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

/// Returns how many operations of a history [`check`] judges.
pub fn coverage(history: &History) -> Coverage {
    Coverage::of(history, events::judges)
}

/// Returns all anomalies, the most important first.
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
    let found = found.into_iter().flatten().chain(cycles::cycles(analysis));
    let is_named = |it: &Anomaly| anomaly_names().any(|name| name == it.name);
    found
        .inspect(|it| debug_assert!(is_named(it), "anomaly_names() lacks {}", it.name))
        .collect()
}

/// Returns the names of anomalies, sorted.
fn names<'a>(anomalies: impl IntoIterator<Item = &'a Anomaly>) -> Value {
    let mut names: Vec<Value> = anomalies
        .into_iter()
        .map(|anomaly| Value::keyword(anomaly.name))
        .collect();
    names.sort();
    Value::List(names)
}

/// Returns the distinct errors of sends and polls whose outcome is unknown.
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
