//! Operations and actions of the nemesis in a trace.

use mael_history::text::shorten;
use mael_history::{Kind, Operation, Process, Value};

use super::LONGEST;
use crate::Options;

/// Whether a client invokes an operation.
pub(super) fn is_invocation(entry: &Operation) -> bool {
    entry.kind == Kind::Invoke && entry.process != Process::Nemesis
}

/// Returns the node that a process sends its requests to. Processes of a recorded run have numbers.
pub(super) fn node_of<'a>(process: &Process, options: &'a Options) -> Option<&'a str> {
    let Process::Client(process) = process else {
        return None;
    };
    let thread = process % options.clients().max(1);
    let node = options.nodes.get(thread % options.nodes.len().max(1))?;
    Some(node)
}

/// Returns the text of an entry of a history. Returns `None` for the first of the two entries of an
/// action of the nemesis, which has no targets.
pub(super) fn text(entry: &Operation, options: &Options) -> Option<String> {
    match &entry.process {
        Process::Nemesis => nemesis(entry),
        process => {
            let text = client(process, entry, options);
            Some(shorten(&text, LONGEST).into_owned())
        }
    }
}

fn client(process: &Process, entry: &Operation, options: &Options) -> String {
    let Operation { f, value, .. } = entry;
    let value = match value {
        Value::Nil => String::new(),
        value => format!(" {value}"),
    };
    match entry.kind {
        Kind::Invoke => {
            let node = node_of(process, options).unwrap_or_default();
            format!("process {process} -> {node}: invoke {f}{value}")
        }
        kind => {
            let error = entry.error.iter().map(|error| format!(": {error}"));
            let error: String = error.collect();
            format!("process {process}: {} {f}{value}{error}", kind.name())
        }
    }
}

fn nemesis(action: &Operation) -> Option<String> {
    match (&*action.f, &action.value) {
        ("start-partition", Value::List(isolated)) => {
            let Some(Value::Map(unheard)) = isolated.last() else {
                return None;
            };
            let cut = unheard.iter().filter_map(|(node, unheard)| {
                let unheard: Vec<&str> = unheard.items().filter_map(Value::name).collect();
                let node = node.name().unwrap_or_default();
                let line = format!("{node} receives nothing from {}", unheard.join(", "));
                (!unheard.is_empty()).then_some(line)
            });
            let cut: Vec<String> = cut.collect();
            Some(if cut.is_empty() {
                "** partition: no link is cut".to_owned()
            } else {
                format!("** partition: {}", cut.join("; "))
            })
        }
        ("stop-partition", Value::Nil) => Some("** all links are healed".to_owned()),
        (f, Value::Map(nodes)) if nodes.is_empty() => Some(format!("** {f}: no node is chosen")),
        (_, Value::Map(nodes)) => {
            let done = nodes.iter().map(|(node, done)| {
                let name = |value: &Value| value.name().unwrap_or_default().to_owned();
                format!("{} is {}", name(node), name(done))
            });
            let done: Vec<String> = done.collect();
            Some(format!("** {}", done.join(", ")))
        }
        _ => None,
    }
}

/// Whether an action of the nemesis concerns a node.
pub(super) fn concerns(action: &Operation, node: &str) -> bool {
    let is_node = |value: &Value| value.name() == Some(node);
    match (&*action.f, &action.value) {
        ("start-partition", Value::List(isolated)) => match isolated.last() {
            Some(Value::Map(unheard)) => unheard.iter().any(|(receiver, senders)| {
                let mut senders = senders.items();
                is_node(receiver) && senders.next().is_some() || senders.any(is_node)
            }),
            _ => false,
        },
        ("stop-partition", _) => true,
        (_, Value::Map(nodes)) => nodes.keys().any(is_node),
        _ => false,
    }
}
