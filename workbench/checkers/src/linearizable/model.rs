//! What objects are to do, one operation after the other.

use mael_history::Value;

/// An object without concurrency: what each operation does to a state.
///
/// A model of one's own needs its states, its actions and [`step`](Model::step); the two hints make
/// the search faster where they hold.
///
/// ```
/// use mael_checkers::linearizable::{self, Model};
/// use mael_history::History;
/// use mael_history::{Integer, Validity, Value};
///
/// /// A counter that tells its new value with each increment.
/// struct Ticket;
///
/// impl Model for Ticket {
///     type State = Integer;
///     /// What was told; None when no answer came.
///     type Action = Option<Integer>;
///
///     fn initial(&self) -> Integer {
///         0.into()
///     }
///
///     fn action(&self, _: &str, _: &Value, result: Option<&Value>) -> Result<Option<Integer>, String> {
///         match result {
///             Some(Value::Int(number)) => Ok(Some(number.clone())),
///             None => Ok(None),
///             Some(other) => Err(format!("{other} is no number")),
///         }
///     }
///
///     fn step(&self, state: &Integer, told: &Option<Integer>) -> Result<Integer, String> {
///         let next = state + &1.into();
///         match told {
///             Some(told) if *told != next => Err(format!("{told} does not follow {state}")),
///             _ => Ok(next),
///         }
///     }
///
///     fn show(&self, state: &Integer) -> Value {
///         state.clone().into()
///     }
/// }
///
/// let history = History::from_json(
///     r#"{"type": "invoke", "process": 0, "f": "take", "value": null}
///        {"type": "invoke", "process": 1, "f": "take", "value": null}
///        {"type": "ok", "process": 1, "f": "take", "value": 2}
///        {"type": "ok", "process": 0, "f": "take", "value": 1}"#,
/// );
/// let verdict = linearizable::check(&Ticket, &history.unwrap());
/// assert_eq!(verdict.valid, Validity::True);
/// ```
pub trait Model {
    /// What the object holds.
    type State: Clone + Ord;
    /// What is done to it, with the result where one is known.
    type Action: Clone + Ord;

    /// What the object holds at first.
    fn initial(&self) -> Self::State;

    /// What an operation of a history does. `result` is None when its outcome is unknown.
    ///
    /// # Errors
    /// When this is no operation of the object; says why.
    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<Self::Action, String>;

    /// The state after an action.
    ///
    /// # Errors
    /// When the action, with its result, can't happen in this state; says why.
    fn step(&self, state: &Self::State, action: &Self::Action) -> Result<Self::State, String>;

    /// A state as it is shown in results.
    fn show(&self, state: &Self::State) -> Value;

    /// How many bytes a state takes, what it holds on the heap included: states are kept, and counted
    /// against the memory that a check may use.
    ///
    /// By default that of the type and of what [`show`](Model::show) returns.
    fn size(&self, state: &Self::State) -> usize {
        size_of::<Self::State>() + heap(&self.show(state))
    }

    /// Whether an action never changes any state.
    fn is_read(&self, _: &Self::Action) -> bool {
        false
    }

    /// Whether an action can happen in any state, and leaves one that does not depend on it.
    fn is_overwrite(&self, _: &Self::Action) -> bool {
        false
    }
}

/// What a value holds on the heap, in bytes, about.
fn heap(value: &Value) -> usize {
    let whole = |value: &Value| size_of::<Value>() + heap(value);
    match value {
        Value::Str(text) => text.len(),
        Value::Keyword(name) | Value::Symbol(name) => name.len(),
        Value::List(values) => values.iter().map(whole).sum(),
        Value::Set(values) => values.iter().map(whole).sum(),
        Value::Map(entries) => entries.iter().map(|(key, it)| whole(key) + whole(it)).sum(),
        Value::Int(number) => number.bytes(),
        Value::Nil | Value::Bool(_) | Value::Float(_) => 0,
    }
}
