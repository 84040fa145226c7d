//! Random histories of an object.

use fastrand::Rng;
use mael_history::{History, HistoryBuilder, Kind, Value};

use crate::objects::Object;

/// What a random history is like.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) processes: usize,
    pub(crate) operations: usize,
    /// How many operations may run at a time.
    pub(crate) concurrent: usize,
    /// The probability that the outcome of an operation is unknown.
    pub(crate) unknown: f64,
}

/// An operation that runs.
struct Running {
    f: &'static str,
    argument: Value,
    /// Its result, once it has taken effect.
    result: Option<Value>,
}

/// Returns a history of operations that each take effect at a random moment while they run, and the
/// last state.
pub(crate) fn history<O: Object>(
    shape: Shape,
    mut draw: impl FnMut(usize, &mut Rng) -> (&'static str, Value),
    random: &mut Rng,
) -> (History, O::State) {
    let mut builder = HistoryBuilder::default();
    let mut state = O::State::default();
    let mut running: Vec<Option<Running>> = (0..shape.processes).map(|_| None).collect();
    let mut names: Vec<usize> = (0..shape.processes).collect();
    let mut begun = 0;
    loop {
        let slot = random.usize(..shape.processes);
        let process = names[slot];
        match running[slot].take() {
            None if begun == shape.operations => {
                if running.iter().all(Option::is_none) {
                    return (builder.history, state);
                }
            }
            None if running.iter().flatten().count() >= shape.concurrent => {}
            None => {
                begun += 1;
                let (f, argument) = draw(begun, random);
                builder.operation(process, Kind::Invoke, f, argument.clone());
                let result = None;
                running[slot] = Some(Running {
                    f,
                    argument,
                    result,
                });
            }
            Some(mut operation) if operation.result.is_none() => {
                operation.result = Some(O::apply(&mut state, operation.f, &operation.argument));
                running[slot] = Some(operation);
            }
            Some(operation) if random.f64() < shape.unknown => {
                builder.operation(process, Kind::Info, operation.f, operation.argument);
                names[slot] += shape.processes;
            }
            Some(operation) => {
                let result = operation.result.expect("it has taken effect");
                builder.operation(process, Kind::Ok, operation.f, result);
            }
        }
    }
}
