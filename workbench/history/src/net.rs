//! Message counts.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

/// Whether a message was sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// The network accepted the message.
    Send,
    /// The message was delivered to its destination.
    Recv,
}

/// The relevant part of a line of a journal.
#[derive(Deserialize)]
struct Line {
    r#type: Event,
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    src: String,
    dest: String,
}

/// The numbers of messages that were sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that the network accepted.
    pub send: u64,
    /// Messages that were delivered.
    pub recv: u64,
}

/// The message counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetStats {
    /// Messages from and to clients.
    pub clients: Counts,
    /// Messages between nodes, and between nodes and services.
    pub servers: Counts,
}

impl NetStats {
    /// Returns the counts of all messages.
    pub fn all(&self) -> Counts {
        Counts {
            send: self.clients.send + self.servers.send,
            recv: self.clients.recv + self.servers.recv,
        }
    }

    /// Counts the messages of a journal: a JSON object on each line, with the `type` of an event
    /// and the `src` and `dest` of its `message`.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or a line is malformed.
    pub fn read(journal: impl BufRead) -> io::Result<Self> {
        let mut stats = Self::default();
        for line in journal.lines() {
            let Line { r#type, message } = serde_json::from_str(&line?)?;
            stats.count(r#type, &message.src, &message.dest);
        }
        Ok(stats)
    }

    /// Counts an event of a message. The names of clients start with `c` (page "Protocol").
    pub fn count(&mut self, event: Event, src: &str, dest: &str) {
        let counts = if src.starts_with('c') || dest.starts_with('c') {
            &mut self.clients
        } else {
            &mut self.servers
        };
        match event {
            Event::Send => counts.send += 1,
            Event::Recv => counts.recv += 1,
        }
    }
}
