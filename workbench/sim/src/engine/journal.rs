//! The journal of all messages that are sent and received.

use std::io;
use std::rc::Rc;

use mael::protocol::Message;
use mael_history::NetStats;
use mael_history::net::Event;

use super::entry::Entry;
use super::writer::Writer;
use crate::Options;

/// Counts messages and writes each event.
pub(crate) struct Journal {
    stats: NetStats,
    events: u64,
    writer: Rc<dyn Writer>,
    /// The events that are printed.
    printed: Vec<Event>,
    /// The first error. After it, no more events are written.
    failed: Option<io::Error>,
}

impl Journal {
    pub(crate) fn new(writer: Rc<dyn Writer>, options: &Options) -> Self {
        let send = options.log_net_send.then_some(Event::Send);
        let recv = options.log_net_recv.then_some(Event::Recv);
        Self {
            stats: NetStats::default(),
            events: 0,
            writer,
            printed: send.into_iter().chain(recv).collect(),
            failed: None,
        }
    }

    /// Records an event at `time`, in nanoseconds since the start of the run.
    pub(crate) fn record(&mut self, event: Event, time: u64, id: u64, message: &Message) {
        self.stats
            .count(event, message.src.as_str(), message.dest.as_str());
        if self.printed.contains(&event) {
            let Message { src, dest, body } = message;
            let body = body.get();
            self.writer
                .print(&format!("{event:?} {id} {src} -> {dest}: {body}"));
        }
        if self.failed.is_none() {
            let entry = Entry {
                number: self.events,
                time,
                event,
                id,
                message,
            };
            self.failed = self.writer.message(entry).err();
        }
        self.events += 1;
    }

    pub(crate) fn stats(&self) -> NetStats {
        self.stats
    }

    /// Finishes the journal.
    ///
    /// # Errors
    /// The first error of a write.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.writer.finish(),
        }
    }
}
