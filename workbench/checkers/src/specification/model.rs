//! Sequential specifications of objects.

use mael_history::Value;

/// A sequential specification: what each operation does to a state.
///
/// A model defines its states, its actions and [`step`](Model::step). The hints
/// [`is_read`](Model::is_read), [`is_overwrite`](Model::is_overwrite) and
/// [`commutes`](Model::commutes) are optional and make the search faster. They are tested on the
/// states that the search meets: if one is false, the verdict is `unknown`, and the explanation
/// names the operation and the states.
///
/// ```
/// use mael_checkers::linearizable::{self, Model};
/// use mael_history::History;
/// use mael_history::{Integer, Validity, Value};
///
/// /// A counter that returns its new value with each increment.
/// struct Ticket;
///
/// impl Model for Ticket {
///     type State = Integer;
///     /// The returned number; `None` if the outcome is unknown.
///     type Action = Option<Integer>;
///
///     fn initial(&self) -> Integer {
///         0.into()
///     }
///
///     fn action(
///         &self,
///         _: &str,
///         _: &Value,
///         result: Option<&Value>,
///     ) -> Result<Option<Integer>, String> {
///         match result {
///             Some(Value::Int(number)) => Ok(Some(number.clone())),
///             None => Ok(None),
///             Some(other) => Err(format!("{other} is not a number")),
///         }
///     }
///
///     fn step(&self, state: &Integer, number: &Option<Integer>) -> Result<Integer, String> {
///         let next = state + &1.into();
///         match number {
///             Some(number) if *number != next => Err(format!("{number} does not follow {state}")),
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
    /// The state of the object.
    type State: Clone + Ord;
    /// An operation on the object, with its result if that is known.
    type Action: Clone + Ord;

    /// Returns the initial state.
    fn initial(&self) -> Self::State;

    /// Converts an operation of a history to an action. `result` is `None` if the outcome is
    /// unknown.
    ///
    /// # Errors
    /// Returns a message if the object has no such operation.
    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<Self::Action, String>;

    /// Returns the state after an action.
    ///
    /// # Errors
    /// Returns a message if the action, with its result, is impossible in this state.
    fn step(&self, state: &Self::State, action: &Self::Action) -> Result<Self::State, String>;

    /// Returns a state in the form that results show.
    fn show(&self, state: &Self::State) -> Value;

    /// Returns the size of a state in bytes, heap included. Stored states count against the memory
    /// that a check may use.
    ///
    /// The default is the size of the type plus the heap size of what [`show`](Model::show)
    /// returns.
    fn size(&self, state: &Self::State) -> usize {
        size_of::<Self::State>() + heap(&self.show(state))
    }

    /// Returns whether an action never changes any state.
    fn is_read(&self, _: &Self::Action) -> bool {
        false
    }

    /// Returns whether an action is possible in any state and results in a state that does not
    /// depend on the one before.
    fn is_overwrite(&self, _: &Self::Action) -> bool {
        false
    }

    /// Returns whether an action whose result is unknown is possible in any state, and leads to the
    /// same state before and after any other such action. [`convergent`](crate::convergent) then
    /// need not search for an order.
    fn commutes(&self, _: &Self::Action) -> bool {
        false
    }
}

/// What the hints of a model claim of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It does not change the state.
    Read,
    /// It is possible in any state, and the resulting state does not depend on the one before.
    Overwrite,
    /// It may require a certain state, and may change it.
    Update,
}

impl Effect {
    pub(super) fn of<M: Model>(model: &M, action: &M::Action) -> Self {
        if model.is_read(action) {
            Self::Read
        } else if model.is_overwrite(action) {
            Self::Overwrite
        } else {
            Self::Update
        }
    }
}

/// Returns the approximate heap size of a value, in bytes.
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
