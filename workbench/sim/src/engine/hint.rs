//! Hints: faults of a node's output or input that explain requests without a usable reply, or that
//! make Maelstrom stop reading from the node.
//!
//! A hint is recorded when the workbench observes it: when it reads a node's output, when a message
//! is sent or delivered, or when a node is [examined](super::Node::examine) at the end of a run in
//! which requests timed out.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mael::NodeId;

use mael_history::text::{escape_controls, shorten};
use mael_history::{Operation, Value};

/// The maximum length of a stored line or message, in characters.
const LONGEST: usize = 160;

/// A fault of a node that the workbench observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// The node wrote a line to stdout that is not a message.
    MalformedLine,
    /// It sent a message whose envelope has an unknown key, or an `id` that is not an integer.
    UnknownKey,
    /// It sent a message from or to a name that is not on the network.
    UnknownName,
    /// It sent a message to a client that had left the network.
    ClientGone,
    /// It wrote text after a message, on the same line.
    TextAfterMessage,
    /// It sent a message with the name of another node as `src`.
    OtherSource,
    /// It sent a message to a client whose `in_reply_to` is not an integer.
    InReplyToNoInteger,
    /// It sent a message without `in_reply_to` to a client.
    NoInReplyTo,
    /// The last line that it wrote to stdout has no line end.
    UnfinishedLine,
    /// It closed its stdout.
    ClosedStdout,
    /// It closed its stdin.
    ClosedStdin,
    /// It does not read its stdin.
    UnreadInput,
    /// It wrote messages to clients only when its stdin was closed.
    Unflushed,
    /// It read its stdin, but never wrote anything to stdout.
    Silent,
}

impl Hint {
    /// Whether Maelstrom stops reading the stdout of a node after this (page "Protocol", section
    /// 8). Mael continues to read.
    pub fn ends_reading(self) -> bool {
        use Hint::{ClientGone, MalformedLine, UnknownKey, UnknownName};
        matches!(self, MalformedLine | UnknownKey | UnknownName | ClientGone)
    }
}

/// How often a hint was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The number of times.
    pub count: u64,
    /// The beginning of the first line or message with this fault.
    pub first: String,
    /// What was wrong with it, if that is not implied by the hint.
    pub reason: String,
}

/// The hints of a run, by node.
pub type Hints = BTreeMap<String, BTreeMap<Hint, Seen>>;

/// The hints of a run, as they are collected.
#[derive(Default)]
pub(crate) struct Observed(RefCell<Hints>);

impl Observed {
    /// Counts a hint, and stores the beginning of the first text with its reason.
    pub(crate) fn note(&self, node: &NodeId, hint: Hint, text: &str, reason: &str) {
        let mut hints = self.0.borrow_mut();
        let of_node = match hints.get_mut(node.as_str()) {
            Some(of_node) => of_node,
            None => hints.entry(node.to_string()).or_default(),
        };
        let seen = of_node.entry(hint).or_insert_with(|| Seen {
            count: 0,
            first: shown(text),
            reason: reason.to_owned(),
        });
        seen.count += 1;
    }

    /// Takes the hints so far.
    pub(super) fn take(&self) -> Hints {
        self.0.take()
    }
}

/// Returns the beginning of a text as one line.
fn shown(text: &str) -> String {
    escape_controls(&shorten(text, LONGEST)).into_owned()
}

/// Whether an operation ended without a reply that its client could use.
pub(crate) fn is_unanswered(end: &Operation) -> bool {
    has_timed_out(end) || exception(end) == Some("malformed-rpc-response")
}

/// Whether an operation ended because no reply arrived in time.
pub(super) fn has_timed_out(end: &Operation) -> bool {
    let error = end.error.as_ref().and_then(Value::name);
    [error, exception(end)].contains(&Some("net-timeout"))
}

/// Returns the type of the exception with which an operation ended.
fn exception(end: &Operation) -> Option<&str> {
    end.exception.as_ref()?.get("type")?.name()
}
