//! Finds the replies of services that come from an old state.
//!
//! A service's state and replies depend only on the seed and the requests, so that they can be
//! computed again from the journal.

use std::collections::{BTreeMap, VecDeque};
use std::mem::discriminant;
use std::ops::Range;
use std::time::Duration;

use mael::protocol::{Message, RawValue};
use mael_history::Value;

use crate::Options;
use crate::engine::services::ServiceState;
use crate::recorded::Journaled;
use crate::services::{Fields, Operation, Reply, Request};

/// The services of a recorded run.
pub(super) struct Services(BTreeMap<&'static str, Recomputed>);

/// A service, whose replies are computed again.
struct Recomputed {
    state: ServiceState,
    /// The replies that are not sent yet, in order, with notes on old states.
    replies: VecDeque<(Message, Option<String>)>,
    /// Whether a recorded reply differs from the computed one, because another version recorded it.
    differs: bool,
}

impl Services {
    pub(super) fn new(options: &Options, processing_delay: Option<Range<Duration>>) -> Self {
        let services = ServiceState::all(options, processing_delay);
        let service = |(name, state)| {
            let service = Recomputed {
                state,
                replies: VecDeque::new(),
                differs: false,
            };
            (name, service)
        };
        Self(services.map(service).collect())
    }

    /// Applies a message to the service that receives it, if one does.
    pub(super) fn on_receive(&mut self, message: &Journaled<Box<RawValue>>) {
        if let Some(service) = self.0.get_mut(&*message.dest) {
            service.on_receive(message);
        }
    }

    /// Returns what a message means beyond its text, if a service sends it: that it comes from an
    /// old state.
    pub(super) fn on_send(&mut self, message: &Journaled<Box<RawValue>>) -> Option<String> {
        self.0.get_mut(&*message.src)?.on_send(message)
    }
}

impl Recomputed {
    fn on_receive(&mut self, message: &Journaled<Box<RawValue>>) {
        let fields = Fields::read(message.body.get());
        let request = fields.and_then(|fields| Request::read(&fields));
        let Ok(Some(Request::Key { key, operation })) = request else {
            let answer = self.state.answer(&message.message());
            let answer = answer.map(|answer| (answer.message, None));
            self.replies.extend(answer);
            return;
        };
        let before = self.state.newest(&key).cloned();
        let Some(answer) = self.state.answer(&message.message()) else {
            return;
        };
        let after = self.state.newest(&key);
        let newest = [before.as_ref(), after];
        let note = note(&message.dest, &operation, &answer.reply, newest);
        self.replies.push_back((answer.message, note));
    }

    fn on_send(&mut self, message: &Journaled<Box<RawValue>>) -> Option<String> {
        let reply = self.replies.pop_front();
        let is_same = |(reply, _): &(Message, Option<String>)| {
            reply.dest.as_str() == message.dest && reply.body.get() == message.body.get()
        };
        self.differs |= !reply.as_ref().is_some_and(is_same);
        let (_, note) = reply.filter(|_| !self.differs)?;
        note
    }
}

/// Returns a note on a reply that comes from an old state of a service, given the newest value of
/// the key before and after the request.
fn note(
    service: &str,
    operation: &Operation,
    reply: &Reply,
    [before, after]: [Option<&Value>; 2],
) -> Option<String> {
    let current = operation.apply(before).0;
    let is_old = match operation {
        Operation::Read => *reply != current,
        Operation::Write(value) => after != Some(value),
        // A missing key is never created by lww-kv.
        Operation::Cas { .. } => before.is_some() && discriminant(reply) != discriminant(&current),
    };
    if !is_old {
        return None;
    }
    let newest = match after {
        Some(value) => format!("the newest value is {value}"),
        None => "the key does not exist any more".to_owned(),
    };
    let why = match (service, operation) {
        ("seq-kv", Operation::Write(_)) => {
            "seq-kv may execute a write in the past, where it changes nothing"
        }
        ("seq-kv", _) => "seq-kv may answer so; use `fresh`",
        (_, _) => "lww-kv may answer so: its replicas differ",
    };
    Some(format!("an old state: {newest}; {why}"))
}
