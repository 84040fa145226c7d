//! The number of clients.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of clients, or of clients for each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// The total number of clients: `10` as a flag, a number in JSON.
    Clients(usize),
    /// The number of clients for each node: `2n` as a flag and in JSON.
    PerNode(usize),
}

impl Concurrency {
    /// Returns the total number of clients for this many nodes.
    pub fn clients(self, nodes: usize) -> usize {
        match self {
            Self::Clients(count) => count,
            Self::PerNode(count) => count.saturating_mul(nodes),
        }
    }
}

impl fmt::Display for Concurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clients(count) => count.fmt(f),
            Self::PerNode(count) => write!(f, "{count}n"),
        }
    }
}

impl FromStr for Concurrency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, concurrency): (_, fn(usize) -> Self) = match text.strip_suffix('n') {
            Some(number) => (number, Self::PerNode),
            None => (text, Self::Clients),
        };
        match number.parse() {
            Ok(0) | Err(_) => Err("must be a whole number above 0, such as 10 or 2n".to_owned()),
            Ok(number) => Ok(concurrency(number)),
        }
    }
}

impl Serialize for Concurrency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clients(count) => count.serialize(serializer),
            Self::PerNode(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Concurrency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Clients(usize),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Clients(count) => Ok(Self::Clients(count)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}
