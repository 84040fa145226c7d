//! A register with compare-and-set.

use mael_history::Value;

use crate::specification::Model;

/// A register with `read`, `write` and `cas`, whose initial value is nil.
///
/// A read of nil fits every state, since nodes return nil for a missing key. Source: page
/// "Checkers", section 7.
#[derive(Clone, Copy, Debug, Default)]
pub struct CasRegister;

/// An operation on a register.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegisterAction {
    /// A read that returned this value; nil stands for any value.
    Read(Value),
    /// A write of this value.
    Write(Value),
    /// A compare-and-set from the first value to the second.
    Cas(Value, Value),
}

impl Model for CasRegister {
    type State = Value;
    type Action = RegisterAction;

    fn initial(&self) -> Value {
        Value::Nil
    }

    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<RegisterAction, String> {
        match (f, result.unwrap_or(argument)) {
            ("read", value) => Ok(RegisterAction::Read(value.clone())),
            ("write", value) => Ok(RegisterAction::Write(value.clone())),
            ("cas", Value::List(values)) if values.len() == 2 => {
                Ok(RegisterAction::Cas(values[0].clone(), values[1].clone()))
            }
            ("cas", other) => Err(format!("a cas needs [from to], not {other}")),
            _ => Err(format!("a register has read, write and cas, but no {f}")),
        }
    }

    fn step(&self, state: &Value, action: &RegisterAction) -> Result<Value, String> {
        match action {
            RegisterAction::Read(value) if *value == Value::Nil || value == state => {
                Ok(state.clone())
            }
            RegisterAction::Read(value) => Err(format!("can't read {value} from register {state}")),
            RegisterAction::Write(value) => Ok(value.clone()),
            RegisterAction::Cas(from, to) if from == state => Ok(to.clone()),
            RegisterAction::Cas(from, to) => Err(format!("can't CAS {state} from {from} to {to}")),
        }
    }

    fn show(&self, state: &Value) -> Value {
        Value::map([("value", state.clone())])
    }

    fn is_read(&self, action: &RegisterAction) -> bool {
        match action {
            RegisterAction::Read(_) => true,
            RegisterAction::Cas(from, to) => from == to,
            RegisterAction::Write(_) => false,
        }
    }

    fn is_overwrite(&self, action: &RegisterAction) -> bool {
        matches!(action, RegisterAction::Write(_))
    }
}
