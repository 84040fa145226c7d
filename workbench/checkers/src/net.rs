//! Message counts. Source: Maelstrom's net checker.

use mael_history::net::{Counts, NetStats};
use mael_history::{History, Validity, Value};

use crate::Verdict;

/// Returns the messages per operation, as a 32-bit float like Maelstrom's; `None` without
/// operations.
pub fn messages_per_operation(counts: Counts, history: &History) -> Option<f32> {
    let operations = history.invocations().count();
    (operations > 0).then(|| counts.send as f32 / operations as f32)
}

/// Reports message counts; the verdict is always valid. Every received message was sent, so the
/// message count is the send count.
pub fn check(net: &NetStats, history: &History) -> Verdict {
    let entries = |counts: Counts| {
        vec![
            ("send-count", Value::from(counts.send)),
            ("recv-count", Value::from(counts.recv)),
            ("msg-count", Value::from(counts.send)),
        ]
    };
    let with_rate = |counts: Counts| {
        let rate = messages_per_operation(counts, history);
        let rate = rate.map(|rate| ("msgs-per-op", Value::from(rate)));
        Value::map(entries(counts).into_iter().chain(rate))
    };
    Verdict {
        valid: Validity::True,
        results: Value::map([
            ("all", with_rate(net.all())),
            ("clients", Value::map(entries(net.clients))),
            ("servers", with_rate(net.servers)),
            ("valid?", Value::Bool(true)),
        ]),
        explanation: Vec::new(),
    }
}
