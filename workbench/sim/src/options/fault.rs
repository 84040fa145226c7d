//! The faults that the nemesis injects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of fault that the nemesis injects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Fault {
    /// Links between nodes are cut, and healed.
    Partition,
    /// Nodes are killed, and restarted without their memory.
    Kill,
    /// Nodes are stopped, and resumed with their memory.
    Pause,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 3] = [Self::Partition, Self::Kill, Self::Pause];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Partition => "partition",
            Self::Kill => "kill",
            Self::Pause => "pause",
        })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "partition" => Ok(Self::Partition),
            "kill" => Ok(Self::Kill),
            "pause" => Ok(Self::Pause),
            // Names of earlier versions.
            "flap" => Err("flap is now `--nemesis partition --partition-interval 0.5`".to_owned()),
            "crash" => Err("crash is now `--nemesis kill --kill-at step`".to_owned()),
            _ => Err(format!("{name:?} must be partition, kill or pause")),
        }
    }
}

impl TryFrom<String> for Fault {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

/// The points at which the nemesis kills a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KillAt {
    /// Between two events, while it waits for a message or a timer. Several nodes may be killed at
    /// the same time, and remain down until the next action of the nemesis.
    #[default]
    Event,
    /// Between any two of its steps, even while it starts: before it handles a message, polls a
    /// task, writes a record or sends a message. It is restarted soon after. Only available in
    /// simulation, because the steps of a process can't be counted.
    Step,
}

impl fmt::Display for KillAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Event => "event",
            Self::Step => "step",
        })
    }
}

impl FromStr for KillAt {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "event" => Ok(Self::Event),
            "step" => Ok(Self::Step),
            _ => Err(format!("{name:?} must be event or step")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_earlier_versions_are_rejected_with_the_new_ones() {
        for (name, new) in [
            ("flap", "--nemesis partition --partition-interval 0.5"),
            ("crash", "--nemesis kill --kill-at step"),
        ] {
            let reason = format!("{name} is now `{new}`");
            assert_eq!(name.parse::<Fault>(), Err(reason.clone()));
            let stored = serde_json::from_str::<Fault>(&format!("{name:?}"));
            assert_eq!(stored.unwrap_err().to_string(), reason);
        }
    }

    #[test]
    fn faults_round_trip_through_text() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(fault));
            let json = serde_json::to_string(&fault).unwrap();
            assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
        }
    }
}
