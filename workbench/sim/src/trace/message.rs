//! A message in a trace.

use std::time::Duration;

use mael::protocol::RawValue;
use mael_history::text::shorten;

use super::{LONGEST, body};
use crate::recorded::{Cut, Journaled, NodeState};

/// A message that was sent.
pub(super) struct Sent {
    /// When it was sent, in nanoseconds since the start of the run.
    pub(super) time: u64,
    pub(super) message: Journaled<Box<RawValue>>,
    /// What the message means beyond its text.
    pub(super) note: Option<String>,
    pub(super) arrivals: Vec<Arrival>,
}

/// The delivery of a message.
pub(super) struct Arrival {
    pub(super) time: u64,
    /// The state of the receiver at that time.
    pub(super) receiver: NodeState,
}

impl Sent {
    /// Returns the message with its arrivals, or with the reason if there is none.
    pub(super) fn text(&self, not_delivered: &str) -> String {
        let after = |arrival: &Arrival| {
            let took = Duration::from_nanos(arrival.time.saturating_sub(self.time));
            let took = took.as_secs_f64() * 1e3;
            format!("{took:.3} ms{}", during(arrival.receiver))
        };
        let delivery = match &*self.arrivals {
            [] => format!("NOT DELIVERED: {not_delivered}"),
            [arrival] => format!("delivered after {}", after(arrival)),
            twice => {
                let arrivals: Vec<String> = twice.iter().map(after).collect();
                format!("DELIVERED TWICE, after {}", arrivals.join(" and "))
            }
        };
        let note = self.note.iter().map(|note| format!(" ({note})"));
        let note: String = note.collect();
        format!("{} [{delivery}]{note}", shown(&self.message))
    }
}

/// Returns the text of a message at its delivery, for one that is not shown when it is sent, or
/// that arrives later than any delay explains.
pub(super) fn late(message: &Journaled<Box<RawValue>>, receiver: NodeState) -> String {
    format!("{} [delivered now{}]", shown(message), during(receiver))
}

/// Returns why a message was not delivered, given how long its link was cut when it should have
/// been, the share of messages that are lost, and whether the run ended before it was due.
pub(super) fn reason(cut: Cut, loss: f64, ended: bool) -> &'static str {
    match cut {
        Cut::Always => "partitioned",
        Cut::Partly if loss > 0.0 => "lost or partitioned",
        Cut::Partly => "partitioned",
        Cut::Never if ended => "the run ended before",
        Cut::Never => "lost",
    }
}

fn during(receiver: NodeState) -> &'static str {
    match receiver {
        NodeState::Up => "",
        NodeState::Down => ", but the receiver is DOWN",
        NodeState::Paused => ", while the receiver is paused",
    }
}

fn shown(message: &Journaled<Box<RawValue>>) -> String {
    let Journaled {
        src, dest, body, ..
    } = message;
    let body = body::text(body);
    format!("  {src} -> {dest}: {}", shorten(&body, LONGEST))
}
