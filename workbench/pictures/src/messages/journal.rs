//! Reads the messages of a journal.
//!
//! A journal can be larger than memory, so that it is read twice: first without bodies, to choose
//! the messages that are drawn, and then with the bodies of those.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::Range;
use std::time::Duration;

use mael_history::Value;
use mael_history::net::Event;
use memchr::memmem;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::text::brief;

/// The maximum length of a body, in characters.
const LONGEST: usize = 200;

/// The messages of a run, in the order in which they were sent.
#[derive(Debug, Default)]
pub struct Messages {
    list: Vec<Message>,
    names: Vec<String>,
    /// The position of each message in `list`, by its number in the journal.
    positions: FxHashMap<u64, u32>,
    /// The start of the history's clock, in seconds since the start of the journal's.
    origin: f64,
    /// Returns the label of a message with this body, if it is not just the type.
    label: Option<Label>,
}

/// Returns the label of a message with this body.
type Label = fn(&RawValue) -> String;

/// A message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) src: u32,
    pub(crate) dest: u32,
    /// When it was sent, in seconds of the history's clock.
    pub(crate) sent: f64,
    /// When it was first received.
    pub(crate) received: Option<f64>,
    /// When it was received again.
    pub(crate) again: Option<f64>,
    /// Its body, if it is drawn.
    pub(crate) body: Option<Box<Body>>,
}

/// The body of a message that is drawn.
#[derive(Debug)]
pub(crate) struct Body {
    /// The JSON of the body, shortened.
    pub(crate) text: String,
    /// The text beside the arrow, shortened: the type, unless another one was chosen.
    pub(crate) label: String,
    pub(crate) msg_id: Option<String>,
    pub(crate) in_reply_to: Option<String>,
}

/// A line of a journal, without the body of the message.
#[derive(Deserialize)]
struct Line<'a> {
    time: u64,
    r#type: Event,
    #[serde(borrow)]
    message: Journaled<'a>,
}

#[derive(Deserialize)]
struct Journaled<'a> {
    id: u64,
    #[serde(borrow)]
    src: Cow<'a, str>,
    #[serde(borrow)]
    dest: Cow<'a, str>,
}

/// The fields that all bodies have in common. Nodes may write anything in their place.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Header<'a> {
    #[serde(borrow)]
    r#type: Option<&'a RawValue>,
    #[serde(borrow)]
    msg_id: Option<&'a RawValue>,
    #[serde(borrow)]
    in_reply_to: Option<&'a RawValue>,
}

impl Messages {
    /// Reads the messages of a journal without their bodies. `origin` is the time from the start of
    /// the journal's clock to that of the history's.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or a line is malformed.
    pub fn read(journal: impl BufRead, origin: Duration) -> io::Result<Self> {
        let mut messages = Self {
            origin: origin.as_secs_f64(),
            ..Self::default()
        };
        let mut names = FxHashMap::default();
        for_each(journal, |line, _| {
            messages.add(&line, &mut names);
            Ok(true)
        })?;
        Ok(messages)
    }

    /// Reads the messages of a journal whose bodies contain a value, other than as a message id.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or a line is malformed.
    pub fn carrying(value: &Value, journal: impl BufRead, origin: Duration) -> io::Result<Self> {
        let mut messages = Self {
            origin: origin.as_secs_f64(),
            ..Self::default()
        };
        let mut names = FxHashMap::default();
        let text = serde_json::to_string(value)?;
        for_each(journal, |line, body| {
            let carries = |body: &RawValue| {
                let may_carry = body.get().contains(&text);
                may_carry && Value::from_json(body).is_ok_and(|body| contains(&body, value))
            };
            let is_known = messages.positions.contains_key(&line.message.id);
            if is_known || carries(serde_json::from_slice(body)?) {
                messages.add(&line, &mut names);
            }
            Ok(true)
        })?;
        Ok(messages)
    }

    /// Returns the messages that were sent at or after a time, in seconds of the history's clock.
    #[must_use]
    pub fn since(mut self, time: f64) -> Self {
        // Clocks have nanoseconds, which differences of seconds do not represent exactly.
        let time = time - 0.5e-9;
        let dropped = self.list.partition_point(|message| message.sent < time);
        self.list.drain(..dropped);
        self.positions
            .retain(|_, position| *position as usize >= dropped);
        let positions = self.positions.values_mut();
        positions.for_each(|position| *position -= dropped as u32);
        self
    }

    /// Labels messages with this text of their bodies, instead of their types.
    #[must_use]
    pub fn labelled(self, label: fn(&RawValue) -> String) -> Self {
        let label = Some(label);
        Self { label, ..self }
    }

    /// Reads the bodies of the messages that pages show, from the same journal.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read, or a line is malformed.
    pub(crate) fn read_bodies(
        &mut self,
        journal: impl BufRead,
        shown: Range<usize>,
    ) -> io::Result<()> {
        let mut left = shown.len();
        for_each(journal, |line, body| {
            let position = self.positions.get(&line.message.id);
            let position = position.map(|position| *position as usize);
            if let (Event::Send, Some(position)) = (line.r#type, position)
                && shown.contains(&position)
            {
                let body = Body::new(serde_json::from_slice(body)?, self.label);
                self.list[position].body = Some(Box::new(body));
                left -= 1;
            }
            Ok(left > 0)
        })
    }

    /// Returns the messages, in the order in which they were sent.
    pub(crate) fn list(&self) -> &[Message] {
        &self.list
    }

    /// Returns the name of a sender or a receiver.
    pub(crate) fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    fn add(&mut self, line: &Line<'_>, names: &mut FxHashMap<String, u32>) {
        let time = line.time as f64 / 1e9 - self.origin;
        let Journaled { id, src, dest } = &line.message;
        match line.r#type {
            Event::Send => {
                let [src, dest] = [src, dest].map(|name| match names.get(&**name) {
                    Some(number) => *number,
                    None => {
                        let number = self.names.len() as u32;
                        self.names.push(name.to_string());
                        names.insert(name.to_string(), number);
                        number
                    }
                });
                self.positions.insert(*id, self.list.len() as u32);
                self.list.push(Message {
                    src,
                    dest,
                    sent: time,
                    received: None,
                    again: None,
                    body: None,
                });
            }
            Event::Recv => {
                let position = self.positions.get(id);
                if let Some(message) = position.map(|it| &mut self.list[*it as usize]) {
                    match message.received {
                        None => message.received = Some(time),
                        Some(_) => message.again = message.again.or(Some(time)),
                    }
                }
            }
        }
    }
}

impl Body {
    fn new(body: &RawValue, label: Option<Label>) -> Self {
        let header = serde_json::from_str::<Header<'_>>(body.get()).unwrap_or_default();
        let text = |field: Option<&RawValue>| field.map(|field| brief(field.get(), LONGEST));
        let kind = || text(header.r#type).unwrap_or_default();
        Self {
            text: brief(body.get(), LONGEST),
            label: match label {
                Some(label) => brief(label(body), LONGEST),
                None => kind().trim_matches('"').to_owned(),
            },
            msg_id: text(header.msg_id),
            in_reply_to: text(header.in_reply_to),
        }
    }
}

/// Returns whether a body contains a value, other than as a message id.
fn contains(body: &Value, value: &Value) -> bool {
    const IDS: [&str; 2] = ["msg_id", "in_reply_to"];
    match body {
        Value::Map(fields) => {
            let is_id = |key: &Value| key.name().is_some_and(|name| IDS.contains(&name));
            let mut fields = fields.iter().filter(|(key, _)| !is_id(key));
            fields.any(|(_, field)| contains(field, value))
        }
        body => body == value || body.items().any(|item| contains(item, value)),
    }
}

/// Calls a function with each line of a journal and the JSON of its body, until it returns false.
///
/// Bodies are not parsed: they can be much longer than the rest of a line.
fn for_each(
    mut journal: impl BufRead,
    mut on_line: impl FnMut(Line<'_>, &[u8]) -> io::Result<bool>,
) -> io::Result<()> {
    /// The last field of a message. Quotes in names are escaped, so that no name contains it.
    const BODY: &[u8] = b",\"body\":";
    const END: &[u8] = b"}}\n";
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "a line has no body");
    let body = memmem::Finder::new(BODY);
    let mut text = Vec::new();
    let mut head = Vec::new();
    loop {
        text.clear();
        if journal.read_until(b'\n', &mut text)? == 0 {
            return Ok(());
        }
        let line = text.strip_suffix(END).ok_or_else(malformed)?;
        let end = body.find(line).ok_or_else(malformed)?;
        head.clear();
        head.extend_from_slice(&line[..end]);
        head.extend_from_slice(END);
        if !on_line(serde_json::from_slice(&head)?, &line[end + BODY.len()..])? {
            return Ok(());
        }
    }
}
