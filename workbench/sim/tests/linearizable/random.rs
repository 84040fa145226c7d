//! Random histories of registers, some of which are invalid.

use fastrand::Rng;

use mael_history::{History, Kind, Operation, Process, Value};

/// The parameters of a random history.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) processes: usize,
    pub(crate) operations: usize,
    pub(crate) keys: usize,
    /// The number of values, which start at 0.
    pub(crate) values: u64,
    /// The probability that an operation's outcome is unknown.
    pub(crate) indeterminate: f64,
    /// The probability that a result is random instead of correct.
    pub(crate) lies: f64,
}

struct Running {
    f: &'static str,
    key: usize,
    argument: Value,
    /// The outcome, once the operation has taken effect.
    result: Option<(Kind, Value)>,
    /// Whether its outcome will be unknown.
    is_lost: bool,
    /// The process that executes it.
    process: usize,
}

/// Generates a history of operations `[key value]` that take effect at random times between their
/// invocations and completions.
pub(crate) fn registers(shape: Shape, random: &mut Rng) -> History {
    let mut history = History::default();
    let mut registers = vec![Value::Nil; shape.keys];
    let mut running: Vec<Option<Running>> = (0..shape.processes).map(|_| None).collect();
    let mut names: Vec<usize> = (0..shape.processes).collect();
    let mut begun = 0;
    loop {
        let slot = random.usize(..shape.processes);
        match running[slot].take() {
            None if begun == shape.operations => {
                if running.iter().all(Option::is_none) {
                    return history;
                }
            }
            None => {
                begun += 1;
                let operation = begin(shape, names[slot], random);
                record(&mut history, &operation, Kind::Invoke, &operation.argument);
                running[slot] = Some(operation);
            }
            Some(mut operation) if operation.result.is_none() => {
                let register = &mut registers[operation.key];
                operation.result = Some(apply(register, &operation, shape, random));
                running[slot] = Some(operation);
            }
            Some(operation) if operation.is_lost => {
                record(&mut history, &operation, Kind::Info, &operation.argument);
                names[slot] += shape.processes;
            }
            Some(operation) => {
                let (kind, value) = operation
                    .result
                    .as_ref()
                    .expect("the operation has taken effect");
                record(&mut history, &operation, *kind, value);
            }
        }
    }
}

fn record(history: &mut History, operation: &Running, kind: Kind, value: &Value) {
    let index = history.0.len();
    history.0.push(Operation {
        index,
        time: index as u64 * 1_000_000,
        kind,
        process: Process::Client(operation.process),
        f: operation.f.into(),
        value: vec![operation.key.into(), value.clone()].into(),
        is_final: false,
        error: None,
        exception: None,
        extra: Vec::new(),
    });
}

fn begin(shape: Shape, process: usize, random: &mut Rng) -> Running {
    let value = |random: &mut Rng| Value::from(random.u64(..shape.values));
    let (f, argument) = match random.u8(..3) {
        0 => ("read", Value::Nil),
        1 => ("write", value(random)),
        _ => ("cas", vec![value(random), value(random)].into()),
    };
    Running {
        f,
        key: random.usize(..shape.keys),
        argument,
        result: None,
        is_lost: random.f64() < shape.indeterminate,
        process,
    }
}

/// Applies an operation to the register, and returns its outcome.
fn apply(
    register: &mut Value,
    operation: &Running,
    shape: Shape,
    random: &mut Rng,
) -> (Kind, Value) {
    let lies = random.f64() < shape.lies;
    let argument = operation.argument.clone();
    match (operation.f, &operation.argument) {
        ("read", _) if lies => (Kind::Ok, random.u64(..shape.values).into()),
        ("read", _) => (Kind::Ok, register.clone()),
        ("write", value) => {
            if !lies {
                *register = value.clone();
            }
            (Kind::Ok, argument)
        }
        (_, Value::List(values)) => {
            let matches = values[0] == *register;
            if matches != lies {
                *register = values[1].clone();
                (Kind::Ok, argument)
            } else {
                (Kind::Fail, argument)
            }
        }
        (_, other) => panic!("{other} is not an argument of a cas"),
    }
}

/// Generates writes of unknown outcome, of ten values in turn, followed by reads that return each
/// written value once. In an invalid history, the last read returns a value without a remaining
/// write.
pub(crate) fn indeterminate_writes(count: usize, valid: bool) -> History {
    let mut history = History::default();
    let operation = |process, f, argument| Running {
        f,
        key: 0,
        argument,
        result: None,
        is_lost: false,
        process,
    };
    for process in 0..count {
        let write = operation(process, "write", (process % 10).into());
        record(&mut history, &write, Kind::Invoke, &write.argument);
        record(&mut history, &write, Kind::Info, &write.argument);
    }
    let reads = count + usize::from(!valid);
    for value in (0..reads).map(|turn| turn % 10) {
        let read = operation(count, "read", Value::Nil);
        record(&mut history, &read, Kind::Invoke, &Value::Nil);
        record(&mut history, &read, Kind::Ok, &value.into());
    }
    history
}
