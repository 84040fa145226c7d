//! What nodes do that explains requests without a usable reply, or that makes Maelstrom stop
//! reading from them.
//!
//! A hint is only recorded where the bench observes it: as a node's bytes come in, as a message is
//! sent or delivered, or as a node is [examined](super::Node::examine) at the end of a run in which
//! requests timed out.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mael::NodeId;

use mael_history::text::shorten;
use mael_history::{Operation, Value};

/// The maximum length of a stored line or message, in characters.
const LONGEST: usize = 160;

/// Something that the workbench observed of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// It wrote a line to stdout that is not a message.
    MalformedLine,
    /// It sent a message whose envelope has a key that the protocol does not know, or an `id` that
    /// is no integer.
    UnknownKey,
    /// It sent a message from or to a name that is not on the network.
    UnknownName,
    /// It sent a message to a client that had left the network.
    ClientGone,
    /// It wrote text after a message, on the same line.
    TextAfterMessage,
    /// It sent a message with another name than its own as `src`.
    OtherSource,
    /// It sent a client a message whose `in_reply_to` is no integer.
    InReplyToNoInteger,
    /// It sent a client a message without `in_reply_to`.
    NoInReplyTo,
    /// The last text that it wrote to stdout has no line end.
    UnfinishedLine,
    /// It closed its stdout.
    ClosedStdout,
    /// It closed its stdin.
    ClosedStdin,
    /// It does not read its stdin.
    UnreadInput,
    /// It wrote messages to clients only when its stdin ended.
    Unflushed,
    /// It read its stdin, and never wrote anything to stdout.
    Silent,
}

impl Hint {
    /// Whether Maelstrom never reads the stdout of a node again after this (page "Protocol",
    /// section 8). This bench reads on.
    pub fn ends_reading(self) -> bool {
        use Hint::{ClientGone, MalformedLine, UnknownKey, UnknownName};
        matches!(self, MalformedLine | UnknownKey | UnknownName | ClientGone)
    }
}

/// How often something was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How many times.
    pub count: u64,
    /// The beginning of the first such line or message.
    pub first: String,
    /// What was wrong with that, where it is not always the same.
    pub reason: String,
}

/// The hints of a run, by node.
pub type Hints = BTreeMap<String, BTreeMap<Hint, Seen>>;

/// The hints of a run, as they are collected.
#[derive(Default)]
pub(crate) struct Observed(RefCell<Hints>);

impl Observed {
    /// Counts what a node did, and stores the beginning of the first text and its reason.
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

    /// The hints so far.
    pub(super) fn take(&self) -> Hints {
        self.0.take()
    }
}

/// The beginning of a text, on one line.
fn shown(text: &str) -> String {
    let begin = shorten(text, LONGEST);
    let characters = begin.chars().map(|character| match character.is_control() {
        true => character.escape_debug().to_string(),
        false => character.to_string(),
    });
    characters.collect()
}

/// Whether an operation has ended without a reply that its client could use.
pub(crate) fn is_unanswered(end: &Operation) -> bool {
    has_timed_out(end) || exception(end) == Some("malformed-rpc-response")
}

/// Whether an operation has ended because no reply came in time.
pub(super) fn has_timed_out(end: &Operation) -> bool {
    let error = end.error.as_ref().and_then(Value::name);
    [error, exception(end)].contains(&Some("net-timeout"))
}

/// The type of the exception that an operation has ended with.
fn exception(end: &Operation) -> Option<&str> {
    end.exception.as_ref()?.get("type")?.name()
}
