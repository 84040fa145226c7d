//! Small random histories.

use std::collections::BTreeMap;

use fastrand::Rng;
use mael_history::{History, Kind, Operation, Process, Value};

/// The operations of clients and their results.
pub(crate) trait Clients {
    /// Returns the function and value of the next operation, and whether it is a final one.
    fn begin(&mut self, random: &mut Rng) -> (&'static str, Value, bool);

    /// Returns the result of an operation that succeeds.
    fn result(&mut self, begin: &Operation, random: &mut Rng) -> Value;
}

/// Generates up to 40 entries of two or three concurrent processes. Some operations never complete.
/// The nemesis has operations like those of clients.
pub(crate) fn history(clients: &mut impl Clients, random: &mut Rng) -> History {
    let threads = random.usize(2..4);
    let mut processes: Vec<usize> = (0..threads).collect();
    let mut open = BTreeMap::<usize, Operation>::new();
    let mut operations = Vec::new();
    let mut time = 0;
    for index in 0..random.usize(..40) {
        time += [1, 999_999, 1_000_000, 3_500_000][random.usize(..4)];
        let thread = random.usize(..threads);
        let next = Operation {
            index,
            time,
            kind: Kind::Invoke,
            process: Process::Client(processes[thread]),
            f: "".into(),
            value: Value::Nil,
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        };
        let operation = if random.usize(..20) == 0 {
            by_nemesis(next, clients, random)
        } else if let Some(begin) = open.remove(&thread) {
            let end = end(next, &begin, clients, random);
            if end.kind == Kind::Info {
                processes[thread] += threads;
            }
            end
        } else {
            let (f, value, is_final) = clients.begin(random);
            let begin = Operation {
                f: f.into(),
                value,
                is_final,
                ..next
            };
            open.insert(thread, begin.clone());
            begin
        };
        operations.push(operation);
    }
    History(operations)
}

fn end(
    next: Operation,
    begin: &Operation,
    clients: &mut impl Clients,
    random: &mut Rng,
) -> Operation {
    let kind = match random.usize(..8) {
        0 => Kind::Fail,
        1 => Kind::Info,
        _ => Kind::Ok,
    };
    let value = match kind {
        Kind::Ok => clients.result(begin, random),
        _ => begin.value.clone(),
    };
    Operation {
        kind,
        f: begin.f.clone(),
        value,
        is_final: begin.is_final,
        ..next
    }
}

fn by_nemesis(next: Operation, clients: &mut impl Clients, random: &mut Rng) -> Operation {
    let (f, value, is_final) = clients.begin(random);
    Operation {
        kind: [Kind::Invoke, Kind::Ok, Kind::Info][random.usize(..3)],
        process: Process::Nemesis,
        f: f.into(),
        value,
        is_final,
        ..next
    }
}

/// Formats a history with one operation per line.
pub(crate) fn text(history: &History) -> String {
    let lines = history.0.iter().map(|it| format!("{}\n", it.to_value()));
    lines.collect()
}

/// Whether this is an operation of a client.
pub(crate) fn by_client(operation: &Operation) -> bool {
    operation.process != Process::Nemesis
}
