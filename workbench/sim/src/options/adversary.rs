//! Adversaries that delay messages between servers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A harmful way to delay messages between servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adversary {
    /// One link, in one direction, is slow for several seconds, followed by another link.
    SlowLink,
    /// From time to time, messages are held back for a while, and are then all sent at once.
    Burst,
    /// Of the messages that a server sends at about the same time, one arrives long after the
    /// others.
    HoldBack,
}

impl Adversary {
    /// All adversaries.
    pub const ALL: [Self; 3] = [Self::SlowLink, Self::Burst, Self::HoldBack];
}

impl fmt::Display for Adversary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SlowLink => "slow-link",
            Self::Burst => "burst",
            Self::HoldBack => "hold-back",
        })
    }
}

impl FromStr for Adversary {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter();
        let mut named = known.filter(|adversary| adversary.to_string() == name);
        named
            .next()
            .ok_or_else(|| format!("{name:?} must be slow-link, burst or hold-back"))
    }
}
