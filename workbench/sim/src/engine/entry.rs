//! An entry of the journal, for a message that was sent or received.

use std::borrow::Borrow;
use std::io::{self, Write};

use mael::protocol::Message;
use mael_history::net::Event;
use serde::Serialize;
use serde_json::value::RawValue;

/// A message that was sent or received. The message is borrowed, or owned if the entry is stored.
#[derive(Clone, Copy, Debug)]
pub struct Entry<M> {
    /// The index of the event in the run.
    pub number: u64,
    /// The time of the event, in nanoseconds since the start of the run.
    pub time: u64,
    /// Whether the message was sent or received.
    pub event: Event,
    /// The number of the message in the run.
    pub id: u64,
    /// The message.
    pub message: M,
}

/// The serialized form of an entry.
#[derive(Serialize)]
struct Line<'a> {
    id: u64,
    time: u64,
    r#type: Event,
    message: LineMessage<'a>,
}

#[derive(Serialize)]
struct LineMessage<'a> {
    id: u64,
    src: &'a str,
    dest: &'a str,
    body: &'a RawValue,
}

impl<M: Borrow<Message>> Entry<M> {
    /// Writes the entry as a line of JSON.
    ///
    /// # Errors
    /// Returns an error if the line can't be written.
    pub fn write(&self, mut output: impl Write) -> io::Result<()> {
        let message = self.message.borrow();
        let line = Line {
            id: self.number,
            time: self.time,
            r#type: self.event,
            message: LineMessage {
                id: self.id,
                src: &message.src,
                dest: &message.dest,
                body: message.body.json(),
            },
        };
        serde_json::to_writer(&mut output, &line)?;
        output.write_all(b"\n")
    }
}
