//! A register whose failed compare-and-sets count as observations.

use mael_history::{History, Kind, Operation, Value};

use super::register::{CasRegister, RegisterAction};
use crate::specification::Model;

/// A [`CasRegister`] in which a failed `cas` observed a value other than the expected one, as in
/// porcupine's model of etcd.
///
/// Pass the history through [`observe_failures`] first. The model is stricter than [`CasRegister`],
/// which Knossos and Maelstrom use and which ignores failed operations. Use it only if every failed
/// `cas` did compare, and none failed because it was rejected or lost.
#[derive(Clone, Copy, Debug, Default)]
pub struct ObservedCasRegister;

/// An operation on an [`ObservedCasRegister`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObservedAction {
    /// An operation of a [`CasRegister`].
    Done(RegisterAction),
    /// A failed `cas`: the register does not hold this value.
    Differs(Value),
}

/// The name that [`observe_failures`] gives to a failed `cas`.
const FAILED_CAS: &str = "failed-cas";

/// Returns a history in which each failed `cas` is an operation of another name that succeeded, and
/// that observed a value other than the expected one.
pub fn observe_failures(history: &History) -> History {
    let mut operations = history.0.clone();
    let mut open = std::collections::BTreeMap::new();
    for place in 0..operations.len() {
        let Operation { process, kind, .. } = &operations[place];
        let (process, kind) = (process.clone(), *kind);
        if kind == Kind::Invoke {
            open.insert(process, place);
            continue;
        }
        let invocation = open.remove(&process);
        if let Some(invocation) = invocation
            && kind == Kind::Fail
            && operations[place].f == "cas"
        {
            operations[place].kind = Kind::Ok;
            operations[place].value = operations[invocation].value.clone();
            for place in [invocation, place] {
                operations[place].f = FAILED_CAS.into();
            }
        }
    }
    History(operations)
}

impl Model for ObservedCasRegister {
    type State = Value;
    type Action = ObservedAction;

    fn initial(&self) -> Value {
        CasRegister.initial()
    }

    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<ObservedAction, String> {
        if f != FAILED_CAS {
            return Ok(ObservedAction::Done(
                CasRegister.action(f, argument, result)?,
            ));
        }
        match CasRegister.action("cas", argument, result)? {
            RegisterAction::Cas(from, _) => Ok(ObservedAction::Differs(from)),
            other => Err(format!("{other:?} is not a cas")),
        }
    }

    fn step(&self, state: &Value, action: &ObservedAction) -> Result<Value, String> {
        match action {
            ObservedAction::Done(action) => CasRegister.step(state, action),
            ObservedAction::Differs(from) if from == state => {
                Err(format!("a CAS from {from} can't fail on register {state}"))
            }
            ObservedAction::Differs(_) => Ok(state.clone()),
        }
    }

    fn show(&self, state: &Value) -> Value {
        CasRegister.show(state)
    }

    fn is_read(&self, action: &ObservedAction) -> bool {
        match action {
            ObservedAction::Done(action) => CasRegister.is_read(action),
            ObservedAction::Differs(_) => true,
        }
    }

    fn is_overwrite(&self, action: &ObservedAction) -> bool {
        matches!(action, ObservedAction::Done(action) if CasRegister.is_overwrite(action))
    }
}
