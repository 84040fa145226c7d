//! A mutex.

use mael_history::Value;

use crate::specification::Model;

/// A mutex with `acquire` and `release`, whose values are ignored. It is free initially.
///
/// As in Knossos, it does not matter which process holds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutex;

impl Model for Mutex {
    /// Whether the mutex is held.
    type State = bool;
    /// Whether the action is an acquire rather than a release.
    type Action = bool;

    fn initial(&self) -> bool {
        false
    }

    fn action(&self, f: &str, _: &Value, _: Option<&Value>) -> Result<bool, String> {
        match f {
            "acquire" => Ok(true),
            "release" => Ok(false),
            _ => Err(format!("a mutex has acquire and release, but no {f}")),
        }
    }

    fn step(&self, held: &bool, acquire: &bool) -> Result<bool, String> {
        match (held, acquire) {
            (true, true) => Err("can't acquire a mutex that is held".to_owned()),
            (false, false) => Err("can't release a mutex that is free".to_owned()),
            _ => Ok(*acquire),
        }
    }

    fn show(&self, held: &bool) -> Value {
        Value::map([("locked", Value::Bool(*held))])
    }
}
