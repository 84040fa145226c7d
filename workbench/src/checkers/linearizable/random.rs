//! Random histories of a register, by a model that is right and by ones that are wrong.

use fastrand::Rng;

use crate::Value;
use crate::history::{Kind, Script};

/// What a random history is like.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) processes: usize,
    pub(super) operations: usize,
    /// Values are 0 up to this.
    pub(super) values: u64,
    /// The probability that an operation's outcome is unknown.
    pub(super) indeterminate: f64,
    /// The probability that a result is drawn rather than right.
    pub(super) lies: f64,
}

struct Running {
    f: &'static str,
    argument: Value,
    /// What came of it, once it has taken effect.
    result: Option<(Kind, Value)>,
    /// Whether it will end without an outcome.
    is_lost: bool,
    /// The process that does it.
    process: usize,
}

/// A history of operations that take effect at random moments while they run.
pub(super) fn register(shape: Shape, random: &mut Rng) -> Script {
    let mut script = Script::default();
    let mut register = Value::Nil;
    let mut running: Vec<Option<Running>> = (0..shape.processes).map(|_| None).collect();
    let mut names: Vec<usize> = (0..shape.processes).collect();
    let mut begun = 0;
    loop {
        let slot = random.usize(..shape.processes);
        match running[slot].take() {
            None if begun == shape.operations => {
                if running.iter().all(Option::is_none) {
                    return script;
                }
            }
            None => {
                begun += 1;
                running[slot] = Some(begin(shape, names[slot], random));
                let operation = running[slot].as_ref().unwrap();
                let argument = operation.argument.clone();
                script.operation(operation.process, Kind::Invoke, operation.f, argument);
            }
            Some(mut operation) if operation.result.is_none() && random.f64() < 0.7 => {
                let result = apply(&mut register, &operation, shape, random);
                operation.result = Some(result);
                running[slot] = Some(operation);
            }
            Some(operation) if operation.is_lost => {
                // Whether it took effect is as it happens.
                script.operation(
                    operation.process,
                    Kind::Info,
                    operation.f,
                    operation.argument,
                );
                names[slot] += shape.processes;
            }
            Some(Running {
                f,
                process,
                result: Some((kind, value)),
                ..
            }) => script.operation(process, kind, f, value),
            unfinished => running[slot] = unfinished,
        }
    }
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
        argument,
        result: None,
        is_lost: random.f64() < shape.indeterminate,
        process,
    }
}

/// What an operation does to the register, and its outcome.
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
            let fits = values[0] == *register;
            if fits != lies {
                *register = values[1].clone();
                (Kind::Ok, argument)
            } else {
                (Kind::Fail, argument)
            }
        }
        (_, other) => panic!("{other} is no argument of a cas"),
    }
}
