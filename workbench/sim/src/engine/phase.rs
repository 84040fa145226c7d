//! The phases of a run, by name.

use serde::{Deserialize, Serialize};

/// The phases of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nodes start, and are initialized and set up.
    #[default]
    Starting,
    /// Clients run operations, and the nemesis injects faults.
    Main,
    /// All faults have ended, and nodes recover.
    Recovery,
    /// Clients run the final operations.
    Final,
}

impl Phase {
    /// Returns what a run does in this phase.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting the nodes",
            Self::Main => "running",
            Self::Recovery => "waiting for recovery",
            Self::Final => "final operations",
        }
    }
}
