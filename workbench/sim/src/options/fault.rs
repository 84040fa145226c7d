//! The faults that the nemesis injects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of fault that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Links between nodes are cut, and mended.
    Partition,
    /// The same, many times as often.
    Flap,
    /// Nodes are killed, and started again without their memory.
    Kill,
    /// Nodes stop in their tracks, and go on.
    Pause,
    /// A node dies between any two of its steps, and is soon started again; in simulation only.
    Crash,
}

impl Fault {
    /// Those that befall links.
    pub(crate) const OF_LINKS: [Self; 2] = [Self::Partition, Self::Flap];

    /// Those that befall processes, not links.
    pub(crate) const OF_PROCESSES: [Self; 3] = [Self::Kill, Self::Pause, Self::Crash];

    /// What the history calls cutting links, and mending them.
    pub(crate) fn cut_and_mend(self) -> (&'static str, &'static str) {
        match self {
            Self::Flap => ("start-flap", "stop-flap"),
            _ => ("start-partition", "stop-partition"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Partition => "partition",
            Self::Flap => "flap",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Crash => "crash",
        })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "partition" => Ok(Self::Partition),
            "flap" => Ok(Self::Flap),
            "kill" => Ok(Self::Kill),
            "pause" => Ok(Self::Pause),
            "crash" => Ok(Self::Crash),
            _ => Err(format!(
                "{name:?} must be partition, flap, kill, pause or crash"
            )),
        }
    }
}
