//! Objects as one machine keeps them, and the models that they give.

use std::collections::{BTreeSet, VecDeque};
use std::marker::PhantomData;

use fastrand::Rng;
use mael_checkers::linearizable::Model;
use mael_history::Value;

/// An object that answers one operation after another.
pub(crate) trait Object {
    type State: Clone + Default + Ord;

    /// The operations that overwrite the state.
    const OVERWRITES: &'static [&'static str] = &[];

    /// Whether all operations commute but for their results.
    const COMMUTES: bool = false;

    /// Draws an operation; `number` is distinct for each.
    fn draw(number: usize, random: &mut Rng) -> (&'static str, Value);

    /// Runs an operation and returns its result.
    fn apply(state: &mut Self::State, f: &str, argument: &Value) -> Value;

    fn show(state: &Self::State) -> Value;

    /// Returns how many elements a state has.
    fn len(state: &Self::State) -> usize;
}

/// The model of an object.
pub(crate) struct Specified<O> {
    /// Whether it gives hints.
    hints: bool,
    object: PhantomData<O>,
}

impl<O> Specified<O> {
    pub(crate) fn new(hints: bool) -> Self {
        let object = PhantomData;
        Self { hints, object }
    }
}

/// An operation with its argument, and its result if that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Action {
    pub(crate) f: String,
    argument: Value,
    result: Option<Value>,
}

impl<O: Object> Model for Specified<O> {
    type State = O::State;
    type Action = Action;

    fn initial(&self) -> O::State {
        O::State::default()
    }

    fn action(&self, f: &str, argument: &Value, result: Option<&Value>) -> Result<Action, String> {
        Ok(Action {
            f: f.to_owned(),
            argument: argument.clone(),
            result: result.cloned(),
        })
    }

    fn step(&self, state: &O::State, action: &Action) -> Result<O::State, String> {
        let mut next = state.clone();
        let result = O::apply(&mut next, &action.f, &action.argument);
        match &action.result {
            Some(expected) if *expected != result => {
                Err(format!("{} returns {result}, not {expected}", action.f))
            }
            _ => Ok(next),
        }
    }

    fn show(&self, state: &O::State) -> Value {
        O::show(state)
    }

    fn size(&self, state: &O::State) -> usize {
        size_of::<O::State>() + O::len(state) * size_of::<i64>()
    }

    fn is_read(&self, action: &Action) -> bool {
        self.hints && action.f == "read"
    }

    fn is_overwrite(&self, action: &Action) -> bool {
        self.hints && O::OVERWRITES.contains(&action.f.as_str())
    }

    fn commutes(&self, _: &Action) -> bool {
        self.hints && O::COMMUTES
    }
}

/// Returns the integer that a history records.
fn integer(value: &Value) -> i64 {
    match value {
        Value::Int(number) => number.to().expect("the integers of these tests are small"),
        other => panic!("{other} is not an integer"),
    }
}

/// A queue whose dequeue returns nil if it is empty.
pub(crate) struct Queue;

impl Object for Queue {
    type State = VecDeque<i64>;

    fn draw(number: usize, random: &mut Rng) -> (&'static str, Value) {
        match random.bool() {
            true => ("enqueue", number.into()),
            false => ("dequeue", Value::Nil),
        }
    }

    fn apply(state: &mut Self::State, f: &str, argument: &Value) -> Value {
        match f {
            "read" => Self::show(state),
            "enqueue" => {
                state.push_back(integer(argument));
                Value::Nil
            }
            _ => state.pop_front().map_or(Value::Nil, Value::from),
        }
    }

    fn show(state: &Self::State) -> Value {
        Value::List(state.iter().copied().map(Value::from).collect())
    }

    fn len(state: &Self::State) -> usize {
        state.len()
    }
}

/// A stack whose pop returns nil if it is empty.
pub(crate) struct Stack;

impl Object for Stack {
    type State = Vec<i64>;

    fn draw(number: usize, random: &mut Rng) -> (&'static str, Value) {
        match random.bool() {
            true => ("push", number.into()),
            false => ("pop", Value::Nil),
        }
    }

    fn apply(state: &mut Self::State, f: &str, argument: &Value) -> Value {
        match f {
            "read" => Self::show(state),
            "push" => {
                state.push(integer(argument));
                Value::Nil
            }
            _ => state.pop().map_or(Value::Nil, Value::from),
        }
    }

    fn show(state: &Self::State) -> Value {
        Value::List(state.iter().copied().map(Value::from).collect())
    }

    fn len(state: &Self::State) -> usize {
        state.len()
    }
}

/// A register with read, write and a cas that returns whether it has set the value.
pub(crate) struct Register;

impl Object for Register {
    type State = Value;

    const OVERWRITES: &'static [&'static str] = &["write"];

    fn draw(_: usize, random: &mut Rng) -> (&'static str, Value) {
        let value = |random: &mut Rng| Value::from(random.u64(..3));
        match random.u8(..3) {
            0 => ("read", Value::Nil),
            1 => ("write", value(random)),
            _ => ("cas", vec![value(random), value(random)].into()),
        }
    }

    fn apply(state: &mut Value, f: &str, argument: &Value) -> Value {
        match (f, argument) {
            ("read", _) => state.clone(),
            ("cas", Value::List(values)) => {
                let fits = *state == values[0];
                if fits {
                    state.clone_from(&values[1]);
                }
                Value::Bool(fits)
            }
            _ => {
                state.clone_from(argument);
                Value::Nil
            }
        }
    }

    fn show(state: &Value) -> Value {
        state.clone()
    }

    fn len(_: &Value) -> usize {
        1
    }
}

/// A set whose add and remove return whether they have changed it.
pub(crate) struct Set;

impl Object for Set {
    type State = BTreeSet<i64>;

    fn draw(_: usize, random: &mut Rng) -> (&'static str, Value) {
        let element = Value::from(random.u64(..3));
        match random.u8(..3) {
            0 => ("read", Value::Nil),
            1 => ("add", element),
            _ => ("remove", element),
        }
    }

    fn apply(state: &mut Self::State, f: &str, argument: &Value) -> Value {
        match f {
            "read" => Self::show(state),
            "add" => Value::Bool(state.insert(integer(argument))),
            _ => Value::Bool(state.remove(&integer(argument))),
        }
    }

    fn show(state: &Self::State) -> Value {
        Value::List(state.iter().copied().map(Value::from).collect())
    }

    fn len(state: &Self::State) -> usize {
        state.len()
    }
}

/// A set that is only added to.
pub(crate) struct GrowOnlySet;

impl Object for GrowOnlySet {
    type State = BTreeSet<i64>;

    const COMMUTES: bool = true;

    fn draw(_: usize, random: &mut Rng) -> (&'static str, Value) {
        match random.u8(..3) {
            0 => ("read", Value::Nil),
            _ => ("add", random.u64(..4).into()),
        }
    }

    fn apply(state: &mut Self::State, f: &str, argument: &Value) -> Value {
        Set::apply(state, f, argument)
    }

    fn show(state: &Self::State) -> Value {
        Set::show(state)
    }

    fn len(state: &Self::State) -> usize {
        state.len()
    }
}
