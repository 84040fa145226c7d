//! The operations and faults of a run, recorded so that all or some of them can be replayed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::invocation::Invocation;
use super::phase::Phase;
use crate::options::Fault;

/// What clients and nemesis did in the main phase of a run, which messages were lost or duplicated,
/// and the crash of a node in another phase. Other random draws, such as those of delays, are not
/// part of it: they follow from the seed.
///
/// [`Simulation::run_plan`](crate::simulation::Simulation::run_plan) replays it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The length of the main phase.
    #[serde(with = "nanos")]
    pub length: Duration,
    /// The operations, in the order of their times.
    pub operations: Vec<ScheduledOp>,
    /// What the nemesis does, in the order of the times. Partitions, kills and pauses of nodes that
    /// wait, and kills at steps each wait only for others of their kind.
    pub actions: Vec<ScheduledAction>,
    /// The messages between servers that are not delivered exactly once.
    pub links: Vec<LinkFault>,
    /// The crash of a node outside the main phase, which no nemesis causes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_crash: Option<PhaseCrash>,
}

/// An operation and its time: it begins then, or as soon after as its thread is free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduledOp {
    /// The time since the main phase began.
    #[serde(with = "nanos")]
    pub time: Duration,
    /// The client thread.
    pub thread: usize,
    /// The operation.
    #[serde(flatten)]
    pub invocation: Invocation,
}

/// An action of the nemesis and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledAction {
    /// The time since the main phase began.
    #[serde(with = "nanos")]
    pub time: Duration,
    /// The action.
    pub action: NemesisAction,
}

/// An action of the nemesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NemesisAction {
    /// Links are cut, in place of those that were cut before.
    Partition {
        /// The kind of partition that was drawn.
        kind: Cow<'static, str>,
        /// For each receiver, the senders whose messages it no longer receives.
        unheard: BTreeMap<String, BTreeSet<String>>,
    },
    /// All links are healed.
    Heal,
    /// Nodes are killed.
    Kill {
        /// The kind of targets that was drawn.
        targets: Cow<'static, str>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// All nodes that don't run are started.
    Start,
    /// Nodes are paused.
    Pause {
        /// The kind of targets that was drawn.
        targets: Cow<'static, str>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// All nodes that are paused are resumed.
    Resume,
    /// A node is killed after a number of further steps.
    KillAtStep {
        /// The node.
        node: String,
        /// How many steps it takes before.
        steps: u64,
        /// If it takes longer for them, it is not killed.
        #[serde(with = "nanos")]
        timeout: Duration,
    },
    /// A node is started if it is not running.
    Restart {
        /// The node.
        node: String,
        /// How long it stays down before that.
        #[serde(with = "nanos")]
        downtime: Duration,
        /// After how many steps it is killed again, if it takes them within this time.
        kill: Option<(u64, Duration)>,
    },
}

impl NemesisAction {
    /// The fault that the action is part of.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Partition { .. } | Self::Heal => Fault::Partition,
            Self::Kill { .. } | Self::Start | Self::KillAtStep { .. } | Self::Restart { .. } => {
                Fault::Kill
            }
            Self::Pause { .. } | Self::Resume => Fault::Pause,
        }
    }
}

/// A message between servers that is not delivered exactly once. It is identified by its number on
/// its link: unlike a number over all links, that stays the same when messages of other links are
/// left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkFault {
    /// The sender.
    pub src: String,
    /// The receiver.
    pub dest: String,
    /// How many messages the sender had sent to the receiver before, in the whole run.
    pub number: u64,
    /// What happens to it.
    pub fault: DeliveryFault,
}

/// What happens to a message that is not delivered exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryFault {
    /// It is never delivered.
    Drop,
    /// It is delivered twice.
    Duplicate,
}

/// A node is killed while nodes are started, in the recovery or in the final phase, and is soon
/// started and initialised again. The phase is then repeated: the setup of the workload, if nodes
/// were being started; otherwise the whole recovery and the final operations, of which no more
/// begin once the node is down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseCrash {
    /// The node.
    pub node: String,
    /// The phase in which it is killed: not the main phase, which has [actions](NemesisAction).
    pub phase: Phase,
    /// How many steps it takes in this phase before. If it takes fewer, it is not killed.
    pub steps: u64,
    /// How long it stays down.
    #[serde(with = "nanos")]
    pub downtime: Duration,
}

impl Schedule {
    /// This schedule as JSON.
    ///
    /// # Panics
    /// Never: every schedule has a form in JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a schedule has a form in JSON")
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When the text is not a schedule: where and why.
    pub fn from_json(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("not a schedule: {error}"))
    }
}

/// Durations as whole nanoseconds.
mod nanos {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        u64::try_from(time.as_nanos())
            .unwrap_or(u64::MAX)
            .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use mael_history::Value;

    use super::*;

    #[test]
    fn a_schedule_is_read_as_it_was_written() {
        let nodes = || vec!["n0".to_owned()];
        let timed = |action| ScheduledAction {
            time: Duration::from_nanos(1),
            action,
        };
        let txn = Value::from(vec![Value::keyword("r"), Value::from("r"), Value::Nil]);
        let schedule = Schedule {
            length: Duration::from_secs(7),
            operations: vec![ScheduledOp {
                time: Duration::from_micros(3),
                thread: 2,
                invocation: Invocation::new("txn", txn).with("seen", 1),
            }],
            actions: [
                NemesisAction::Kill {
                    targets: "one".into(),
                    nodes: nodes(),
                },
                NemesisAction::Start,
                NemesisAction::Partition {
                    kind: "one".into(),
                    unheard: [("n1".to_owned(), nodes().into_iter().collect())].into(),
                },
                NemesisAction::Heal,
                NemesisAction::KillAtStep {
                    node: "n0".to_owned(),
                    steps: 3,
                    timeout: Duration::from_secs(1),
                },
                NemesisAction::Restart {
                    node: "n0".to_owned(),
                    downtime: Duration::ZERO,
                    kill: Some((2, Duration::from_millis(7))),
                },
            ]
            .map(timed)
            .into(),
            links: vec![LinkFault {
                src: "n0".into(),
                dest: "n1".into(),
                number: 4,
                fault: DeliveryFault::Drop,
            }],
            phase_crash: Some(PhaseCrash {
                node: "n0".into(),
                phase: Phase::Starting,
                steps: 5,
                downtime: Duration::from_millis(10),
            }),
        };
        assert_eq!(Schedule::from_json(&schedule.to_json()), Ok(schedule));
        let error = Schedule::from_json("{}").unwrap_err();
        assert!(error.contains("missing field `length`"), "{error}");
    }
}
