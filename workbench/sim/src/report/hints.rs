//! Reports hints that explain requests without a usable reply, or that make Maelstrom stop reading
//! from a node.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::text::counted;

use crate::engine::{Hint, Record, RunError, Seen, is_unanswered};

/// Returns notes on output that makes Maelstrom stop reading from a node, and hints if requests had
/// no usable reply.
pub(super) fn lines(record: &Record) -> Vec<String> {
    let mut by_hint = BTreeMap::<Hint, Vec<(&str, &Seen)>>::new();
    for (node, hints) in &record.hints {
        for (hint, seen) in hints {
            by_hint.entry(*hint).or_default().push((node, seen));
        }
    }
    let (fatal, helpful): (Vec<_>, Vec<_>) =
        by_hint.iter().partition(|(hint, _)| hint.ends_reading());
    let mut lines: Vec<String> = fatal
        .iter()
        .map(|(hint, nodes)| format!("note: {}", line(**hint, nodes)))
        .collect();
    let nodes = fatal.iter().flat_map(|(_, nodes)| nodes.iter());
    let nodes: BTreeSet<&str> = nodes.map(|(node, _)| *node).collect();
    if !nodes.is_empty() {
        let nodes: Vec<&str> = nodes.into_iter().collect();
        lines.push(format!(
            "note: Maelstrom stops reading from {} after the first of these, so a node that passes \
             here can fail there",
            nodes.join(", ")
        ));
    }
    if has_unanswered(record) {
        let hints = helpful.iter();
        lines.extend(hints.map(|(hint, nodes)| format!("hint: {}", line(**hint, nodes))));
    }
    lines
}

/// Describes a hint of some nodes: the first node with its text, the others by name.
fn line(hint: Hint, nodes: &[(&str, &Seen)]) -> String {
    let [(node, seen), others @ ..] = nodes else {
        unreachable!("every hint has a node");
    };
    let others: Vec<&str> = others.iter().map(|(node, _)| *node).collect();
    let others = match &*others {
        [] => String::new(),
        others => format!("; so did {}", others.join(", ")),
    };
    format!("node {node} {}{others}", describe(hint, seen))
}

/// Whether a request of an operation, or a request before the first operation, had no usable reply.
fn has_unanswered(record: &Record) -> bool {
    let history = &record.history;
    let failed_early = history.0.is_empty() && matches!(record.error, Some(RunError::Node(_)));
    failed_early || history.completions().any(is_unanswered)
}

/// Describes a hint of a node.
fn describe(hint: Hint, seen: &Seen) -> String {
    let Seen {
        count,
        first,
        reason,
    } = seen;
    let messages = counted(*count, "message");
    match hint {
        Hint::MalformedLine => {
            let lines = counted(*count, "malformed line");
            format!("wrote {lines} to stdout; the first: {first} ({reason})")
        }
        Hint::UnknownKey => {
            format!(
                "sent {messages} whose envelope has more than `src`, `dest`, `body` and an integer \
                 `id`; the first: {first} ({reason})"
            )
        }
        Hint::UnknownName => {
            format!("sent {messages} from or to an unknown name; the first: {first} ({reason})")
        }
        Hint::ClientGone => format!(
            "sent {messages} to clients that had left, such as late replies; the first: {first}"
        ),
        Hint::TextAfterMessage => format!(
            "wrote text after {messages} on the same line, which is ignored; the first line: {first}"
        ),
        Hint::OtherSource if reason.is_empty() => {
            format!("sent {messages} with another node's name as `src`; the first: {first}")
        }
        Hint::OtherSource => format!(
            "sent {messages} with another node's name as `src`; the first: {first} ({reason})"
        ),
        Hint::InReplyToNoInteger => format!(
            "sent clients {messages} whose `in_reply_to` is not an integer, so they are not replies; \
             the first: {first}"
        ),
        Hint::NoInReplyTo => format!(
            "sent clients {messages} without `in_reply_to`, so they are not replies; the first: \
             {first}"
        ),
        Hint::UnfinishedLine => format!(
            "wrote text to stdout without a line end, which is only read when the line ends; the \
             text starts with: {first}"
        ),
        Hint::ClosedStdout => "closed its stdout, so it can send nothing".to_owned(),
        Hint::ClosedStdin => "closed its stdin, so it can receive nothing".to_owned(),
        Hint::UnreadInput => "did not read its stdin, although it contained requests".to_owned(),
        Hint::Unflushed => format!(
            "wrote {messages} to clients only when its stdin was closed; it must flush stdout \
             after each line; the first: {first}"
        ),
        Hint::Silent => "read its stdin but wrote nothing to stdout; if it replies, it must flush \
                         stdout after each line"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::NodeFailure;
    use mael_history::{HistoryBuilder, Kind, Value};

    const ALL: [Hint; 14] = [
        Hint::MalformedLine,
        Hint::UnknownKey,
        Hint::UnknownName,
        Hint::ClientGone,
        Hint::TextAfterMessage,
        Hint::OtherSource,
        Hint::InReplyToNoInteger,
        Hint::NoInReplyTo,
        Hint::UnfinishedLine,
        Hint::ClosedStdout,
        Hint::ClosedStdin,
        Hint::UnreadInput,
        Hint::Unflushed,
        Hint::Silent,
    ];

    /// Returns a run with one operation with this outcome, and two nodes with every hint.
    fn record(kind: Kind, error: Option<&'static str>) -> Record {
        let mut builder = HistoryBuilder::default();
        builder.operation(0, Kind::Invoke, "echo", "a");
        builder.operation(0, kind, "echo", "a");
        builder.history.0[1].error = error.map(Value::keyword);
        let seen = || Seen {
            count: 3,
            first: "the text".to_owned(),
            reason: "the reason".to_owned(),
        };
        let nodes = ["n1", "n2"];
        let hints = nodes.map(|node| (node.to_owned(), ALL.map(|hint| (hint, seen())).into()));
        Record {
            history: builder.history,
            hints: hints.into(),
            ..Record::default()
        }
    }

    #[test]
    fn hints_are_shown_if_a_reply_is_missing_and_notes_always() {
        let early = Record {
            history: mael_history::History::default(),
            error: Some(RunError::Node(NodeFailure {
                node: "n1".to_owned(),
                what: "did not answer init".to_owned(),
                last_lines: Vec::new(),
            })),
            ..record(Kind::Info, None)
        };
        for (record, hints) in [
            (record(Kind::Ok, None), 0),
            (record(Kind::Fail, Some("abort")), 0),
            (record(Kind::Info, Some("net-timeout")), 10),
            (record(Kind::Fail, Some("net-timeout")), 10),
            (early, 10),
        ] {
            let lines = lines(&record);
            let count = |begin: &str| lines.iter().filter(|line| line.starts_with(begin)).count();
            assert_eq!((count("note: "), count("hint: ")), (5, hints), "{lines:#?}");
            let warning = "note: Maelstrom stops reading from n1, n2 after the first of these";
            assert_eq!(count(warning), 1, "{lines:#?}");
            let both = lines.iter().filter(|line| line.ends_with("; so did n2"));
            assert_eq!(both.count(), 4 + hints, "{lines:#?}");
        }
    }

    #[test]
    fn a_run_without_hints_has_no_lines() {
        let record = Record {
            hints: crate::engine::Hints::new(),
            ..record(Kind::Info, Some("net-timeout"))
        };
        assert!(lines(&record).is_empty());
    }

    #[test]
    fn each_hint_has_its_own_description() {
        let record = record(Kind::Info, Some("net-timeout"));
        let mut all = lines(&record);
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
