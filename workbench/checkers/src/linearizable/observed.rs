//! A register whose failed compare-and-sets say something.

use mael_history::{History, Kind, Operation, Value};

use super::model::Model;
use super::register::{CasRegister, RegisterAction};

/// A [`CasRegister`] in which a `cas` that failed has observed another value than the one it
/// compares with, as porcupine's model of etcd has it.
///
/// A history is prepared by [`observe_failures`]. It is stricter than [`CasRegister`], which is what
/// Knossos and Maelstrom use, and which drops what failed: only where every failure of a `cas` means
/// that it compared, and never that it was refused or lost, does it say what happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct ObservedCasRegister;

/// What is done to such a register.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObservedAction {
    /// As in any register.
    Done(RegisterAction),
    /// It does not hold this.
    Differs(Value),
}

/// The name that a `cas` which failed has in a history that is prepared.
const FAILED_CAS: &str = "failed-cas";

/// A history in which each `cas` that failed is an operation that succeeded, by another name: one
/// that has observed another value.
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
            other => Err(format!("{other:?} is no cas")),
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
