//! Reads the messages of a run from its journal.

use mael::NodeId;
use serde::Deserialize;

use mael_history::Value;
use mael_history::net::Event;

/// One line of a journal, with bodies of type `B`.
#[derive(Deserialize)]
pub(super) struct Line<B = Value> {
    /// The time in nanoseconds since the start of the run.
    pub(super) time: u64,
    pub(super) r#type: Event,
    pub(super) message: Journaled<B>,
}

/// A message.
#[derive(Deserialize)]
pub(super) struct Journaled<B = Value> {
    pub(super) id: u64,
    pub(super) src: String,
    pub(super) dest: String,
    pub(super) body: B,
}

/// Returns the events of messages between servers, in the order of their times.
pub(super) fn between_servers(journal: &[u8]) -> impl Iterator<Item = Line> {
    let lines = journal.split(|byte| *byte == b'\n');
    let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    let is_client = |name: &str| NodeId::from(name).is_client();
    lines.filter(move |line| !is_client(&line.message.src) && !is_client(&line.message.dest))
}
