//! The operations and faults of a run, recorded so that all or some of them can be replayed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::invocation::Invocation;
use super::phase::Phase;
use crate::options::Fault;

/// The operations and nemesis actions of the main phase of a run, the messages that were dropped or
/// duplicated, and the crash of a node in another phase. Other random draws, such as delays, are
/// not part of it, because the seed determines them.
///
/// [`Simulation::run_plan`](crate::simulation::Simulation::run_plan) replays it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The length of the main phase.
    #[serde(with = "nanos")]
    pub length: Duration,
    /// The operations, in the order of their times.
    pub operations: Vec<ScheduledOp>,
    /// The actions of the nemesis, in the order of their times. Partitions, kills and pauses
    /// between events, and kills at steps each wait only for actions of the same kind.
    pub actions: Vec<ScheduledAction>,
    /// The messages between servers that are dropped or duplicated.
    pub links: Vec<LinkFault>,
    /// The crash of a node outside the main phase, where the nemesis injects no faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_crash: Option<PhaseCrash>,
}

/// An operation and its time. It begins then, or as soon as its thread is free after that.
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
    /// Links are cut, and all others are healed.
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
    /// All nodes that are not running are started.
    Start,
    /// Nodes are paused.
    Pause {
        /// The kind of targets that was drawn.
        targets: Cow<'static, str>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// All paused nodes are resumed.
    Resume,
    /// A node is killed after a number of further steps.
    KillAtStep {
        /// The node.
        node: String,
        /// The number of steps after which it is killed.
        steps: u64,
        /// If it does not take the steps within this time, it is not killed.
        #[serde(with = "nanos")]
        timeout: Duration,
    },
    /// A node is started if it is not running.
    Restart {
        /// The node.
        node: String,
        /// How long it is down before that.
        #[serde(with = "nanos")]
        downtime: Duration,
        /// The number of steps after which it is killed again, if it takes them within this time.
        kill: Option<(u64, Duration)>,
    },
}

impl NemesisAction {
    /// Returns the fault that the action is part of.
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
/// its link, which, unlike a number over all links, does not change when messages on other links
/// are left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkFault {
    /// The sender.
    pub src: String,
    /// The receiver.
    pub dest: String,
    /// The number of messages that the sender had sent to the receiver before, in the whole run.
    pub number: u64,
    /// The fault of the message.
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

/// The kill of a node while nodes start, in the recovery or in the final phase. The node is
/// restarted and initialized soon after, and the phase is repeated: the setup of the workload if
/// nodes were starting, otherwise the whole recovery and the final operations. No final operation
/// begins while the node is down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseCrash {
    /// The node.
    pub node: String,
    /// The phase in which it is killed. The main phase is not allowed, since it has
    /// [actions](NemesisAction).
    pub phase: Phase,
    /// The number of steps in this phase after which it is killed. If it takes fewer, it is not
    /// killed.
    pub steps: u64,
    /// How long it is down.
    #[serde(with = "nanos")]
    pub downtime: Duration,
}

impl Schedule {
    /// Serializes the schedule as JSON.
    ///
    /// # Panics
    /// Never, since every schedule can be serialized.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a schedule can be serialized")
    }

    /// Deserializes a schedule that [`to_json`](Self::to_json) returned.
    ///
    /// # Errors
    /// Returns an error if the text is not a schedule. The message contains the position and the
    /// reason.
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
    fn a_schedule_round_trips_through_json() {
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
