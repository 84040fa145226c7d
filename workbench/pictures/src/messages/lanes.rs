//! The lanes of a Lamport diagram: clients, then nodes, then services.

use rustc_hash::FxHashMap;

use super::Messages;
use super::journal::Message;
use crate::text::small_width;

/// The maximum number of clients with a lane of their own.
const CLIENTS: usize = 8;

/// The name of the lane of all clients, if there are more.
const ALL_CLIENTS: &str = "clients";

/// The width of a lane: less if there are many, and more if labels are long.
const WIDE: f64 = 130.0;
const NARROW: f64 = 64.0;
const WIDEST: f64 = 330.0;

/// The maximum width of all lanes, if they are not narrow already.
const TOTAL: f64 = 1_100.0;

/// The lanes of a diagram.
pub(super) struct Lanes {
    /// Their names, from left to right.
    pub(super) names: Vec<String>,
    /// The lane of each sender and receiver.
    numbers: FxHashMap<u32, usize>,
    left: f64,
    pub(super) gap: f64,
}

impl Lanes {
    /// Creates the lanes of these messages and of all nodes, from this position.
    pub(super) fn new(messages: &Messages, shown: &[Message], nodes: &[String], left: f64) -> Self {
        let mut ends: Vec<u32> = shown.iter().flat_map(|it| [it.src, it.dest]).collect();
        ends.sort_unstable();
        ends.dedup();
        let is_client = |end: &u32| is_client(messages.name(*end), nodes);
        let clients = ends.iter().filter(|end| is_client(end)).count();
        let name = |end: &u32| {
            if clients > CLIENTS && is_client(end) {
                ALL_CLIENTS.to_owned()
            } else {
                messages.name(*end).to_owned()
            }
        };
        let mut names: Vec<String> = ends.iter().map(name).chain(nodes.iter().cloned()).collect();
        names.sort_by_cached_key(|name| {
            let node = nodes.iter().position(|node| node == name);
            let group = match node {
                _ if name == ALL_CLIENTS || is_client_name(name) && node.is_none() => 0,
                Some(_) => 1,
                None => 2,
            };
            let number = name.trim_start_matches(|it: char| !it.is_ascii_digit());
            (group, node, number.parse::<u64>().ok(), name.clone())
        });
        names.dedup();
        let lane = |end: &u32| {
            let name = name(end);
            names.iter().position(|it| *it == name).unwrap_or_default()
        };
        let numbers = ends.iter().map(|end| (*end, lane(end))).collect();
        let labels = shown.iter().filter_map(|it| it.body.as_ref());
        let longest = labels.map(|body| small_width(&body.label) + 16.0);
        let most = longest.fold(WIDE, f64::max).min(WIDEST);
        let gap = (TOTAL / names.len().max(1) as f64).clamp(NARROW, most);
        Self {
            names,
            numbers,
            left,
            gap,
        }
    }

    /// Returns the position of a lane.
    pub(super) fn x(&self, lane: usize) -> f64 {
        self.left + (lane as f64 + 0.5) * self.gap
    }

    /// Returns the position of the lane of a sender or a receiver.
    pub(super) fn of(&self, end: u32) -> f64 {
        self.x(self.numbers[&end])
    }

    /// Returns the position of the lane with a name.
    pub(super) fn named(&self, name: &str) -> Option<f64> {
        let lane = self.names.iter().position(|it| it == name)?;
        Some(self.x(lane))
    }

    /// Returns the right end of the last lane.
    pub(super) fn right(&self) -> f64 {
        self.left + self.names.len() as f64 * self.gap
    }
}

/// Returns whether this is the name of a client. Names of clients start with `c`, but a node may
/// have any name.
pub(super) fn is_client(name: &str, nodes: &[String]) -> bool {
    is_client_name(name) && !nodes.iter().any(|node| node == name)
}

fn is_client_name(name: &str) -> bool {
    name.starts_with('c')
}
