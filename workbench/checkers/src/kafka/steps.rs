//! The micro-operations of sends and polls, as histories record them.

use mael_history::{Integer, Value};

/// One step of a send or a poll.
pub enum Step<'a> {
    /// `[:send key message]`, or `[:send key [offset message]]` when the offset is known.
    Send(&'a Value, OffsetAndMessage<'a>),
    /// `[:poll {key [[offset message] ...] ...}]`: the messages of one key in a poll.
    Poll(&'a Value, Vec<OffsetAndMessage<'a>>),
}

/// A message and its offset, if known.
pub type OffsetAndMessage<'a> = (Option<&'a Integer>, &'a Value);

/// Returns the steps of an operation, one for each key of a poll. Malformed micro-operations are
/// ignored.
pub fn steps(value: &Value) -> impl Iterator<Item = Step<'_>> {
    let steps = match value {
        Value::List(steps) => steps.as_slice(),
        _ => &[],
    };
    steps.iter().flat_map(steps_of)
}

/// Returns the steps of one micro-operation, one for each key of a poll.
pub fn steps_of(step: &Value) -> Vec<Step<'_>> {
    let Value::List(step) = step else {
        return Vec::new();
    };
    match step.as_slice() {
        [f, key, sent] if f.name() == Some("send") => {
            vec![Step::Send(key, entry(sent).unwrap_or((None, sent)))]
        }
        [f, Value::Map(polled)] if f.name() == Some("poll") => polled
            .iter()
            .map(|(key, messages)| Step::Poll(key, entries(messages)))
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns whether this is a micro-operation. Polled messages without offsets are accepted here;
/// the stricter checks report them.
pub fn is_step(step: &Value) -> bool {
    let Value::List(step) = step else {
        return false;
    };
    let is_polled = |messages: &Value| matches!(messages, Value::List(_));
    match step.as_slice() {
        [f, _, _] => f.name() == Some("send"),
        [f] | [f, Value::Nil] => f.name() == Some("poll"),
        [f, Value::Map(polled)] => f.name() == Some("poll") && polled.values().all(is_polled),
        _ => false,
    }
}

fn entries(messages: &Value) -> Vec<OffsetAndMessage<'_>> {
    match messages {
        Value::List(messages) => messages.iter().filter_map(entry).collect(),
        _ => Vec::new(),
    }
}

/// Reads `[offset message]`.
fn entry(entry: &Value) -> Option<OffsetAndMessage<'_>> {
    let Value::List(entry) = entry else {
        return None;
    };
    match entry.as_slice() {
        [Value::Int(offset), message] => Some((Some(offset), message)),
        [_, message] => Some((None, message)),
        _ => None,
    }
}

/// Returns the value of an operation that sends a message.
pub fn send(key: impl Into<Value>, message: impl Into<Value>) -> Value {
    let step = vec![Value::keyword("send"), key.into(), message.into()];
    Value::List(vec![step.into()])
}

/// Returns the value of an operation that polls.
pub fn poll(polled: Option<Value>) -> Value {
    let step = [Some(Value::keyword("poll")), polled];
    Value::List(vec![Value::List(step.into_iter().flatten().collect())])
}
