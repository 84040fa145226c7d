//! What was done to the nodes of a run, written down so that it can be done again, or part of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mael_history::Value;
use serde::{Deserialize, Serialize};

use super::generator::Invocation;
use super::recorder::Phase;
use crate::options::Fault;

/// What clients, nemesis and links did in the main phase of a run, and what befell a node outside it.
/// Other draws, such as those of
/// delays, are not part of it: they follow from the seed.
///
/// [`Simulation::run_plan`](crate::simulation::Simulation::run_plan) plays it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// How long the main phase is.
    #[serde(with = "nanos")]
    pub length: Duration,
    /// The operations, in the order of their times.
    pub operations: Vec<Cue>,
    /// What the nemesis does, in the order of the times. Links, kills and pauses, and crashes each
    /// wait only for others of their kind.
    pub acts: Vec<TimedAct>,
    /// The messages between servers that are not delivered just once.
    pub links: Vec<LinkFault>,
    /// What befalls a node outside the main phase, which no nemesis does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
}

/// An operation, and when it begins: not before this time, and not before its thread is free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// When, since the main phase began.
    #[serde(with = "nanos")]
    pub time: Duration,
    /// The client thread.
    pub thread: usize,
    /// The operation.
    #[serde(flatten)]
    pub invocation: Invocation,
}

/// An act of the nemesis, and when it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedAct {
    /// When, since the main phase began.
    #[serde(with = "nanos")]
    pub time: Duration,
    /// What is done.
    pub act: Act,
}

/// Something that the nemesis does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Links are cut, in place of those that were cut before.
    Partition {
        /// Whether it is a partition or a flap.
        by: Fault,
        /// What kind of partition was drawn.
        kind: Cow<'static, str>,
        /// For each receiver, the senders that it no longer hears.
        unheard: BTreeMap<String, BTreeSet<String>>,
    },
    /// All links are mended that were cut by the same fault.
    Heal {
        /// Whether it was a partition or a flap.
        by: Fault,
    },
    /// Nodes are killed.
    Kill {
        /// What kind of targets was drawn.
        targets: Cow<'static, str>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// All nodes that don't run are started.
    Start,
    /// Nodes are paused.
    Pause {
        /// What kind of targets was drawn.
        targets: Cow<'static, str>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// All nodes that are paused go on.
    Resume,
    /// A node dies before one of its next steps, of which it takes this many.
    Crash {
        /// The node.
        node: String,
        /// How many steps it still takes.
        steps: u64,
        /// How long it is waited for; then it is spared.
        #[serde(with = "nanos")]
        patience: Duration,
    },
    /// A node is started if it does not run.
    Restart {
        /// The node.
        node: String,
        /// How long it is left dead before.
        #[serde(with = "nanos")]
        rest: Duration,
        /// After how many steps it crashes again, if it takes them within a time.
        crash: Option<(u64, Duration)>,
    },
}

impl Act {
    /// The fault that it is part of.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Partition { by, .. } | Self::Heal { by } => *by,
            Self::Kill { .. } | Self::Start => Fault::Kill,
            Self::Pause { .. } | Self::Resume => Fault::Pause,
            Self::Crash { .. } | Self::Restart { .. } => Fault::Crash,
        }
    }
}

/// A message between servers that is not delivered just once. It is told by its number on its
/// link, which is less often another one's when messages are left out elsewhere than a number over
/// all links would be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkFault {
    /// The sender.
    pub src: String,
    /// The receiver.
    pub dest: String,
    /// How many messages the sender had sent to the receiver before, in the whole run.
    pub number: u64,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is never delivered.
    Lost,
    /// It is delivered twice.
    Doubled,
}

/// A node dies while nodes are started, in the recovery or in the final phase. It is soon started
/// and initialised again, as the nemesis does it. What it missed is then done once more: while nodes
/// are started, what the workload sets up; after that, the whole of the recovery, and the final
/// operations, of which no more begin once it is dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The node.
    pub node: String,
    /// When it dies; not the main phase, which has [acts](Act) for that.
    pub phase: Phase,
    /// How many steps it still takes in this phase. If it does not take as many, it is spared.
    pub steps: u64,
    /// How long it is left dead.
    #[serde(with = "nanos")]
    pub rest: Duration,
}

impl Script {
    /// This script as JSON.
    ///
    /// # Panics
    /// Never: every script has a form in JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a script has a form in JSON")
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When the text is none; says where and why.
    pub fn from_json(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("this is no script: {error}"))
    }
}

/// An invocation as it stands in a script. Values are in EDN, which tells keywords from strings.
#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    f: Cow<'static, str>,
    value: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extra: Vec<(Cow<'static, str>, String)>,
}

impl From<Invocation> for Written {
    fn from(invocation: Invocation) -> Self {
        let extra = invocation.extra.into_iter();
        Self {
            f: invocation.f,
            value: invocation.value.to_string(),
            extra: extra.map(|(key, it)| (key, it.to_string())).collect(),
        }
    }
}

impl TryFrom<Written> for Invocation {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let read = |text: &str| Value::from_edn(text).map_err(|error| error.to_string());
        let extra = written.extra.into_iter();
        Ok(Self {
            f: written.f,
            value: read(&written.value)?,
            is_final: false,
            extra: extra
                .map(|(key, text)| Ok((key, read(&text)?)))
                .collect::<Result<_, String>>()?,
        })
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
    use super::*;

    #[test]
    fn a_script_is_read_as_it_was_written() {
        let nodes = || vec!["n0".to_owned()];
        let timed = |act| TimedAct {
            time: Duration::from_nanos(1),
            act,
        };
        let txn = Value::from(vec![Value::keyword("r"), Value::from("r"), Value::Nil]);
        let script = Script {
            length: Duration::from_secs(7),
            operations: vec![Cue {
                time: Duration::from_micros(3),
                thread: 2,
                invocation: Invocation::new("txn", txn).with("seen", 1),
            }],
            acts: [
                Act::Kill {
                    targets: "one".into(),
                    nodes: nodes(),
                },
                Act::Start,
                Act::Partition {
                    by: Fault::Flap,
                    kind: "one".into(),
                    unheard: [("n1".to_owned(), nodes().into_iter().collect())].into(),
                },
                Act::Heal { by: Fault::Flap },
                Act::Crash {
                    node: "n0".to_owned(),
                    steps: 3,
                    patience: Duration::from_secs(1),
                },
                Act::Restart {
                    node: "n0".to_owned(),
                    rest: Duration::ZERO,
                    crash: Some((2, Duration::from_millis(7))),
                },
            ]
            .map(timed)
            .into(),
            links: vec![LinkFault {
                src: "n0".into(),
                dest: "n1".into(),
                number: 4,
                fate: Fate::Lost,
            }],
            outage: Some(Outage {
                node: "n0".into(),
                phase: Phase::Starting,
                steps: 5,
                rest: Duration::from_millis(10),
            }),
        };
        assert_eq!(Script::from_json(&script.to_json()), Ok(script));
        let error = Script::from_json("{}").unwrap_err();
        assert!(error.contains("missing field `length`"), "{error}");
    }
}
