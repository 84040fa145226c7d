//! The actions of a history: requests with their results, each converted and stored once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use mael::ErrorCode;
use mael_history::Value;
use rustc_hash::FxHashMap;

/// A request, and its result if that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Action {
    pub(super) name: &'static str,
    /// The fields of the request.
    pub(super) request: Rc<str>,
    pub(super) result: Option<Answer>,
    pub(super) hints: Hints,
}

/// The reply of a node, as its type serializes it, or the code of an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Reply(String),
    Error(i64),
}

/// What the declaration claims about an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hints {
    pub(super) read_only: bool,
    pub(super) overwrites: bool,
    pub(super) commutes: bool,
}

/// Identifies an action. Equal actions have the same identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ActionId(u32);

/// All actions that have been converted. Histories repeat them.
#[derive(Default)]
pub(super) struct Actions(RefCell<Table>);

#[derive(Default)]
struct Table {
    actions: Vec<Rc<Action>>,
    ids: BTreeMap<Rc<Action>, ActionId>,
    /// The actions by the operation's name, its argument and its result.
    known: FxHashMap<String, FxHashMap<Value, ByResult>>,
}

#[derive(Default)]
struct ByResult {
    unknown: Option<ActionId>,
    known: FxHashMap<Value, ActionId>,
}

impl ByResult {
    fn get(&self, result: Option<&Value>) -> Option<ActionId> {
        match result {
            Some(value) => self.known.get(value).copied(),
            None => self.unknown,
        }
    }
}

impl Actions {
    pub(super) fn get(&self, id: ActionId) -> Rc<Action> {
        Rc::clone(&self.0.borrow().actions[id.0 as usize])
    }

    /// Returns the action of an operation, which `convert` creates if no equal operation came
    /// before.
    ///
    /// # Errors
    /// Returns the error of `convert`.
    pub(super) fn id(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
        convert: impl FnOnce() -> Result<Action, String>,
    ) -> Result<ActionId, String> {
        let known = |table: &Table| table.known.get(f)?.get(argument)?.get(result);
        if let Some(id) = known(&self.0.borrow()) {
            return Ok(id);
        }
        let action = Rc::new(convert()?);
        let table = &mut *self.0.borrow_mut();
        let next = ActionId(table.actions.len() as u32);
        let id = *table.ids.entry(Rc::clone(&action)).or_insert(next);
        if id == next {
            table.actions.push(action);
        }
        let by_argument = table.known.entry(f.to_owned()).or_default();
        let by_result = by_argument.entry(argument.clone()).or_default();
        match result {
            Some(value) => drop(by_result.known.insert(value.clone(), id)),
            None => by_result.unknown = Some(id),
        }
        Ok(id)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.request {
            "{}" => f.write_str(self.name),
            fields => write!(f, "{} {fields}", self.name),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(body) => f.write_str(body),
            Self::Error(number) => {
                let name = ErrorCode::from_number(*number).name();
                write!(f, "error {number} ({name})")
            }
        }
    }
}
