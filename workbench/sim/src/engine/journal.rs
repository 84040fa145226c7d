//! The record of every message: sent, and received.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use mael::protocol::Message;
use serde::Serialize;
use serde_json::value::RawValue;

use mael_history::NetStats;
use mael_history::net::Event;

use crate::Test;
use crate::store::Log;

/// One line of the journal: an event's number and time, and the message.
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

/// Where the events of a journal go.
#[derive(Default)]
pub enum Sink {
    /// Nowhere: they are only counted.
    #[default]
    None,
    /// Into memory.
    Memory(Kept),
    /// To a file, each as soon as it happens.
    File(Box<dyn Write>),
}

/// The events of a run, in memory. Bodies are as they travelled, and become JSON only when the
/// journal does. Clones are the same journal.
#[derive(Clone, Default)]
pub struct Kept(Rc<RefCell<Vec<Entry>>>);

struct Entry {
    event: Event,
    time: u64,
    id: u64,
    message: Message,
}

impl Kept {
    /// Takes the events out, as one JSON object a line.
    pub(crate) fn take_lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for (number, entry) in self.0.take().iter().enumerate() {
            let line = Line::new(
                number as u64,
                entry.event,
                entry.time,
                entry.id,
                &entry.message,
            );
            line.write(&mut lines)
                .expect("memory takes what is written to it");
        }
        lines
    }
}

impl<'a> Line<'a> {
    fn new(number: u64, event: Event, time: u64, id: u64, message: &'a Message) -> Self {
        Self {
            id: number,
            time,
            r#type: event,
            message: LineMessage {
                id,
                src: &message.src,
                dest: &message.dest,
                body: message.body.json(),
            },
        }
    }

    fn write(&self, mut output: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut output, self)?;
        output.write_all(b"\n")
    }
}

/// Counts messages, and hands each event on.
pub(crate) struct Journal {
    stats: NetStats,
    events: u64,
    sink: Sink,
    log: Rc<Log>,
    /// Which events are told in the log.
    told: Vec<Event>,
    /// Why events can't be written any more.
    failed: Option<io::Error>,
}

impl Journal {
    pub(crate) fn new(sink: Sink, log: Rc<Log>, test: &Test) -> Self {
        let send = test.log_net_send.then_some(Event::Send);
        let recv = test.log_net_recv.then_some(Event::Recv);
        Self {
            stats: NetStats::default(),
            events: 0,
            sink,
            log,
            told: send.into_iter().chain(recv).collect(),
            failed: None,
        }
    }

    /// Records an event at `time`, in nanoseconds since the run began.
    pub(crate) fn record(&mut self, event: Event, time: u64, id: u64, message: &Message) {
        self.stats
            .count(event, message.src.as_str(), message.dest.as_str());
        if self.told.contains(&event) {
            let Message { src, dest, body } = message;
            let body = body.get();
            self.log
                .tell(format_args!("{event:?} {id} {src} -> {dest}: {body}"));
        }
        match &mut self.sink {
            Sink::None => {}
            Sink::Memory(Kept(entries)) => entries.borrow_mut().push(Entry {
                event,
                time,
                id,
                message: message.clone(),
            }),
            Sink::File(file) if self.failed.is_none() => {
                let line = Line::new(self.events, event, time, id, message);
                self.failed = line.write(file).err();
            }
            Sink::File(_) => {}
        }
        self.events += 1;
    }

    pub(crate) fn stats(&self) -> NetStats {
        self.stats
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// The first error of any write.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        match &mut self.sink {
            Sink::File(file) => file.flush(),
            Sink::None | Sink::Memory(_) => Ok(()),
        }
    }
}
