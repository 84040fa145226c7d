//! The trace of a run, with one line for each operation, message and fault, in the order of their
//! times.
//!
//! History and journal are read side by side, so that a run can be larger than memory. A message is
//! shown when it is sent, together with when and whether it arrives; a line is only held back until
//! that is known.

mod body;
mod causes;
mod message;
mod operation;
mod selection;
mod services;

use std::collections::VecDeque;
use std::io::BufRead;
use std::ops::{ControlFlow, Range};
use std::time::Duration;

use mael::protocol::RawValue;
use mael_history::net::Event;
use mael_history::text::escape_controls;
use mael_history::{Operation, Process};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Options;
use crate::engine::delay_bounds;
use crate::recorded::{Faults, Journaled, Line, Lines, NodeState};

use causes::Causes;
use message::{Arrival, Sent};
use services::Services;

pub(crate) use body::text as body_text;
pub use selection::{SelectedOperation, Selection};

/// How much later than drawn a message is delivered at most if time is real.
const LATE: Duration = Duration::from_secs(1);

/// The maximum length of an operation, of the body of a message, or of a line that a node logs, in
/// characters.
pub(crate) const LONGEST: usize = 160;

/// A recorded run: its history and its journal, which are read once.
pub struct Recorded<'a, H, J> {
    /// The options of the run.
    pub options: &'a Options,
    /// The range of the time that a delivery took in addition to its latency, if the run was
    /// simulated.
    pub processing_delay: Option<Range<Duration>>,
    /// The origin of the history's times, since the start of the run.
    pub origin: Duration,
    /// The entries of the history.
    pub history: H,
    /// The journal.
    pub journal: J,
}

/// An event of a trace.
pub struct TraceEvent {
    time: u64,
    what: String,
}

/// How reading a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Whether the journal ends within a line.
    pub within_line: bool,
}

impl TraceEvent {
    /// Creates an event at a time in nanoseconds since the start of the run.
    pub(crate) fn new(time: u64, what: &str) -> Self {
        let what = escape_controls(what).into_owned();
        Self { time, what }
    }

    /// Returns the time in nanoseconds since the start of the run.
    pub(crate) fn time(&self) -> u64 {
        self.time
    }

    /// Formats the event as a line. Times count from `origin`.
    pub fn line(&self, origin: Duration) -> String {
        let nanos = i128::from(self.time) - origin.as_nanos() as i128;
        format!("{:>10.3} ms  {}", nanos as f64 / 1e6, self.what)
    }
}

/// Passes the selected events of a run to `emit` until it breaks.
///
/// # Errors
/// Returns an error if the history or the journal can't be read.
pub fn trace<H, J>(
    run: Recorded<'_, H, J>,
    selection: Selection,
    emit: impl FnMut(TraceEvent) -> ControlFlow<()>,
) -> anyhow::Result<Ending>
where
    H: Iterator<Item = anyhow::Result<Operation>>,
    J: BufRead,
{
    let origin = run.origin.as_nanos() as u64;
    let mut history = run.history;
    let mut lines = Lines::new(run.journal);
    let mut tracer = Tracer::new(run.options, run.processing_delay, origin, selection, emit);
    let mut operation = history.next().transpose()?;
    let mut line = lines.next()?;
    let mut flow = ControlFlow::Continue(());
    while flow.is_continue() {
        // Operations precede messages with the same time, because they cause them.
        let is_next = |operation: &Operation| {
            let line = line.as_ref();
            line.is_none_or(|line| origin + operation.time <= line.time)
        };
        if let Some(next) = operation.take_if(|operation| is_next(operation)) {
            flow = tracer.on_operation(&next);
            operation = history.next().transpose()?;
        } else if let Some(next) = line.take() {
            flow = tracer.on_line(next);
            line = lines.next()?;
        } else {
            flow = tracer.flush(u64::MAX);
            break;
        }
    }
    let within_line = flow.is_continue() && lines.ends_within_line();
    Ok(Ending { within_line })
}

/// Turns operations and messages into events.
struct Tracer<'a, E> {
    options: &'a Options,
    origin: u64,
    selection: Selection,
    emit: E,
    faults: Faults,
    services: Services,
    causes: Option<Causes>,
    /// The selected events that are not emitted yet, in the order of their times.
    queue: VecDeque<Queued>,
    /// The messages in the queue, by their numbers.
    sent: FxHashMap<u64, Sent>,
    /// The messages that were emitted as not delivered.
    given_up: FxHashSet<u64>,
    /// The shortest and the longest time until a message is delivered, in nanoseconds.
    delays: [u64; 2],
    /// The time of the last operation or message.
    now: u64,
}

enum Queued {
    Event(TraceEvent),
    /// A message with this number.
    Message(u64),
}

impl<'a, E: FnMut(TraceEvent) -> ControlFlow<()>> Tracer<'a, E> {
    fn new(
        options: &'a Options,
        processing_delay: Option<Range<Duration>>,
        origin: u64,
        selection: Selection,
        emit: E,
    ) -> Self {
        let [least, most] = delay_bounds(options);
        let later = processing_delay.as_ref().map_or(LATE, |delay| delay.end);
        let operation = selection.operation.as_ref();
        Self {
            options,
            origin,
            emit,
            faults: Faults::default(),
            services: Services::new(options, processing_delay),
            causes: operation.map(|operation| Causes::new(operation, options, origin)),
            selection,
            queue: VecDeque::new(),
            sent: FxHashMap::default(),
            given_up: FxHashSet::default(),
            delays: [least, most.saturating_add(later)].map(|delay| delay.as_nanos() as u64),
            now: 0,
        }
    }

    fn on_operation(&mut self, operation: &Operation) -> ControlFlow<()> {
        let time = self.origin + operation.time;
        self.now = time;
        if operation.process == Process::Nemesis {
            self.faults.apply(time, operation);
        } else if let Some(causes) = &mut self.causes {
            causes.on_operation(operation);
        }
        if self.selection.has_operation(operation, self.options)
            && let Some(what) = operation::text(operation, self.options)
        {
            let is_numbered = self.selection.shows_indexes && operation::is_invocation(operation);
            let index = is_numbered.then(|| format!(" (operation {})", operation.index));
            let text = format!("{what}{}", index.unwrap_or_default());
            self.queue
                .push_back(Queued::Event(TraceEvent::new(time, &text)));
        }
        self.flush(time)
    }

    fn on_line(&mut self, line: Line<Box<RawValue>>) -> ControlFlow<()> {
        let Line {
            time,
            r#type,
            message,
        } = line;
        self.now = time;
        match r#type {
            Event::Send => self.on_send(time, message),
            Event::Recv => self.on_receive(time, &message),
        }
        self.flush(time)
    }

    fn on_send(&mut self, time: u64, message: Journaled<Box<RawValue>>) {
        let note = self.services.on_send(&message);
        let selected = match &mut self.causes {
            Some(causes) => causes.on_send(time, &message),
            None => !message.is_of_client() && self.selection.has_message(&message),
        };
        if selected && self.selects(time) {
            self.queue.push_back(Queued::Message(message.id));
            let sent = Sent {
                time,
                message,
                note,
                arrivals: Vec::new(),
            };
            self.sent.insert(sent.message.id, sent);
        }
    }

    fn on_receive(&mut self, time: u64, message: &Journaled<Box<RawValue>>) {
        self.services.on_receive(message);
        if let Some(causes) = &mut self.causes {
            causes.on_receive(time, message);
        }
        let receiver = self.faults.state_of(&message.dest);
        if let Some(sent) = self.sent.get_mut(&message.id) {
            sent.arrivals.push(Arrival { time, receiver });
            return;
        }
        let is_late = self.given_up.remove(&message.id);
        // Operations show the messages of clients, but not why there is no reply.
        let unseen = message.is_of_client()
            && receiver == NodeState::Down
            && self.causes.is_none()
            && self.selection.has_message(message);
        if (is_late || unseen) && self.selects(time) {
            let text = message::late(message, receiver);
            self.queue
                .push_back(Queued::Event(TraceEvent::new(time, &text)));
        }
    }

    /// Whether the selection contains this time. Events before the origin are left out.
    fn selects(&self, time: u64) -> bool {
        time.checked_sub(self.origin)
            .is_some_and(|time| self.selection.has_time(time))
    }

    /// Emits the events that are complete at time `now`. Breaks if no more events are selected.
    fn flush(&mut self, now: u64) -> ControlFlow<()> {
        while let Some(first) = self.queue.front() {
            let is_complete = match first {
                Queued::Event(_) => true,
                Queued::Message(id) => self.sent.get(id).is_none_or(|sent| {
                    let has_arrived = !sent.arrivals.is_empty() && self.options.duplicate == 0.0;
                    has_arrived || now > sent.time.saturating_add(self.delays[1])
                }),
            };
            if !is_complete {
                return ControlFlow::Continue(());
            }
            match self.queue.pop_front() {
                Some(Queued::Event(event)) => (self.emit)(event)?,
                Some(Queued::Message(id)) => {
                    if let Some(sent) = self.sent.remove(&id) {
                        let event = self.event(&sent);
                        (self.emit)(event)?;
                    }
                }
                None => {}
            }
        }
        let is_over = match &self.causes {
            Some(causes) => causes.are_complete(now),
            None => self.selection.is_before(now.saturating_sub(self.origin)),
        };
        if is_over {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn event(&mut self, sent: &Sent) -> TraceEvent {
        let lost = if sent.arrivals.is_empty() {
            self.given_up.insert(sent.message.id);
            let [earliest, latest] = self.delays.map(|delay| sent.time.saturating_add(delay));
            let cut = self.faults.cut(&sent.message, earliest, latest);
            message::reason(cut, self.options.loss, latest > self.now)
        } else {
            ""
        };
        self.faults
            .forget_until(sent.time.saturating_sub(self.delays[1]));
        TraceEvent::new(sent.time, &sent.text(lost))
    }
}

#[cfg(test)]
mod tests;
