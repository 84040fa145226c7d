//! The trace of a run, with one line for each operation, message and fault, in the order of their
//! times.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use mael_history::net::Event;
use mael_history::text::shorten;
use mael_history::{Kind, Operation, Process, Value};

use super::journaled::{Journaled, Line, between_servers};
use super::{ReplayPlan, Simulate, Simulated};

/// The maximum number of lines of a trace.
const MOST_LINES: usize = 120;

/// The maximum length of a line, in characters.
const LONGEST: usize = 200;

/// An event of a trace, and its time in nanoseconds since the start of the run.
struct TraceEvent {
    time: u64,
    what: String,
}

/// Renders the run of a plan, which must include the journal. Times count from when all nodes were
/// initialized.
pub(crate) fn render(plan: &ReplayPlan, run: &Simulated) -> String {
    let origin = run.record.origin.as_nanos() as u64;
    let mut events = operations(plan, run, origin);
    events.extend(messages(&run.journal));
    events.extend(logs(run));
    events.retain(|it| it.time >= origin);
    // Operations precede other events with the same time, because they cause messages.
    events.sort_by_key(|it| it.time);
    let left_out = events.len().saturating_sub(MOST_LINES);
    let mut trace = String::new();
    for (position, TraceEvent { time, what }) in events.iter().enumerate() {
        let gap = MOST_LINES / 2;
        if position == gap && left_out > 0 {
            let _ = writeln!(trace, "{:>13}({left_out} more)", "");
        }
        if left_out == 0 || position < gap || position >= gap + left_out {
            let time = Duration::from_nanos(time - origin).as_secs_f64() * 1e3;
            let _ = writeln!(trace, "{time:>10.3} ms  {}", shorten(what, LONGEST));
        }
    }
    trace
}

/// Replays a plan and renders its trace.
pub(crate) fn replay(simulation: &dyn Simulate, plan: &ReplayPlan) -> String {
    render(plan, &simulation.play(plan, true))
}

/// Returns the log lines of the nodes, without those of the runtime about messages, which are in
/// the trace anyway, and about timers, which would only distract.
fn logs(run: &Simulated) -> Vec<TraceEvent> {
    let logs = run.logs.iter();
    let lines = logs.flat_map(|(node, log)| log.lines().map(move |line| (node, line)));
    let lines = lines.filter(|(_, line)| !line.is_detail_of_runtime());
    let lines = lines.map(|(node, line)| TraceEvent {
        time: line.time,
        what: format!("  {node} logs {}: {}", line.level, line.text),
    });
    lines.collect()
}

/// Returns the operations, and the actions of the nemesis.
fn operations(plan: &ReplayPlan, run: &Simulated, origin: u64) -> Vec<TraceEvent> {
    let operations = run.record.history.0.iter();
    operations
        .filter_map(|operation| {
            let what = match &operation.process {
                Process::Client(process) => client(plan, *process, operation),
                Process::Named(_) => unreachable!("clients in a run have numbers"),
                Process::Nemesis => nemesis(operation)?,
            };
            let time = origin + operation.time;
            Some(TraceEvent { time, what })
        })
        .collect()
}

fn client(plan: &ReplayPlan, process: usize, operation: &Operation) -> String {
    let Operation { f, value, .. } = operation;
    let node = &plan.options.nodes[process % plan.options.clients() % plan.options.nodes.len()];
    let value = match value {
        Value::Nil => String::new(),
        value => format!(" {value}"),
    };
    match operation.kind {
        Kind::Invoke => format!("process {process} -> {node}: invoke {f}{value}"),
        kind => {
            let error = operation.error.iter().map(|error| format!(": {error}"));
            let error: String = error.collect();
            format!("process {process}: {} {f}{value}{error}", kind.name())
        }
    }
}

/// Renders an action of the nemesis. Each is recorded twice, the second time with its targets.
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

/// Returns the messages between servers, at the times when they are sent.
fn messages(journal: &[u8]) -> Vec<TraceEvent> {
    let mut sent: Vec<Line> = Vec::new();
    let mut received = BTreeMap::<u64, Vec<u64>>::new();
    for line in between_servers(journal) {
        match line.r#type {
            Event::Send => sent.push(line),
            Event::Recv => received.entry(line.message.id).or_default().push(line.time),
        }
    }
    let event = |Line { time, message, .. }: Line| {
        let Journaled {
            id,
            src,
            dest,
            body,
        } = message;
        let arrivals = received.get(&id).map(Vec::as_slice).unwrap_or_default();
        let after = |arrival: &u64| {
            let took = Duration::from_nanos(arrival - time).as_secs_f64() * 1e3;
            format!("{took:.3} ms")
        };
        let delivery = match arrivals {
            [] => "NOT DELIVERED".to_owned(),
            [arrival] => format!("delivered after {}", after(arrival)),
            twice => {
                let arrivals: Vec<String> = twice.iter().map(after).collect();
                format!("DELIVERED TWICE, after {}", arrivals.join(" and "))
            }
        };
        let what = format!("  {src} -> {dest}: {} [{delivery}]", shown(&body));
        TraceEvent { time, what }
    };
    sent.into_iter().map(event).collect()
}

/// Formats a body, with its type and its fields, except for message ids.
fn shown(body: &Value) -> String {
    let Value::Map(fields) = body else {
        return body.to_string();
    };
    let mut kind = "";
    let mut shown = Vec::new();
    for (key, value) in fields {
        match (key.name().unwrap_or_default(), value) {
            ("type", Value::Str(name)) => kind = name,
            ("msg_id" | "in_reply_to", _) => {}
            (key, value) => shown.push(format!("{key} {value}")),
        }
    }
    [&[kind.to_owned()], &shown[..]].concat().join(" ")
}
