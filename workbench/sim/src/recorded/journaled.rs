//! Reads the messages of a run from its journal.

use std::io::{self, BufRead, ErrorKind};

use mael::NodeId;
use mael::protocol::{Message, RawValue};
use mael_history::Value;
use mael_history::net::Event;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// One line of a journal, with bodies of type `B`.
#[derive(Deserialize)]
pub(crate) struct Line<B = Value> {
    /// The time in nanoseconds since the start of the run.
    pub(crate) time: u64,
    pub(crate) r#type: Event,
    pub(crate) message: Journaled<B>,
}

/// A message.
#[derive(Clone, Deserialize)]
pub(crate) struct Journaled<B = Value> {
    pub(crate) id: u64,
    pub(crate) src: String,
    pub(crate) dest: String,
    pub(crate) body: B,
}

impl<B> Journaled<B> {
    /// Whether the message is from or to a client.
    pub(crate) fn is_of_client(&self) -> bool {
        let is_client = |name: &str| NodeId::from(name).is_client();
        is_client(&self.src) || is_client(&self.dest)
    }
}

impl Journaled<Box<RawValue>> {
    /// Returns the message as it was sent.
    pub(crate) fn message(&self) -> Message {
        Message {
            src: NodeId::from(self.src.as_str()),
            dest: NodeId::from(self.dest.as_str()),
            body: self.body.clone().into(),
        }
    }
}

/// The fields of a body that pair replies with requests, as JSON. Nodes may write anything in their
/// place.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header<'a> {
    #[serde(borrow)]
    pub(crate) r#type: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) msg_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) in_reply_to: Option<&'a RawValue>,
}

impl<'a> Header<'a> {
    /// Reads the fields. They are missing from a body that is not an object.
    pub(crate) fn read(body: &'a RawValue) -> Self {
        serde_json::from_str(body.get()).unwrap_or_default()
    }
}

/// The lines of a journal, which can be larger than memory.
pub(crate) struct Lines<R> {
    journal: R,
    text: Vec<u8>,
    number: u64,
    ends_within_line: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(journal: R) -> Self {
        Self {
            journal,
            text: Vec::new(),
            number: 0,
            ends_within_line: false,
        }
    }

    /// Whether the last line is incomplete, because the run was killed while it was written. It is
    /// left out.
    pub(crate) fn ends_within_line(&self) -> bool {
        self.ends_within_line
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or the line is malformed.
    pub(crate) fn next<B: DeserializeOwned>(&mut self) -> io::Result<Option<Line<B>>> {
        self.text.clear();
        self.number += 1;
        if self.journal.read_until(b'\n', &mut self.text)? == 0 {
            return Ok(None);
        }
        if self.text.last() != Some(&b'\n') {
            self.ends_within_line = true;
            return Ok(None);
        }
        let line = serde_json::from_slice(&self.text);
        line.map(Some).map_err(|error| {
            let number = self.number;
            let what = format!("line {number} of the journal is not a message: {error}");
            io::Error::new(ErrorKind::InvalidData, what)
        })
    }
}

/// Returns the events of messages between servers, in the order of their times.
pub(crate) fn between_servers(journal: &[u8]) -> impl Iterator<Item = Line> {
    let lines = journal.split(|byte| *byte == b'\n');
    let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    lines.filter(|line| !line.message.is_of_client())
}
