//! The state machine: registers, and the commands that change them.

use std::collections::BTreeMap;

use mael::{Error, Result};

/// The value of each key.
#[mael::message]
#[derive(Clone, Default)]
pub(super) struct Registers {
    values: BTreeMap<u64, i64>,
}

/// A command of a client, or `Nothing`, the no-op entry at the start of a leader's term (section
/// 8).
#[mael::message]
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Command {
    Nothing,
    Read { key: u64 },
    Write { key: u64, value: i64 },
    Cas { key: u64, from: i64, to: i64 },
}

impl Registers {
    /// Executes a command. Returns the value if it is a read.
    pub(super) fn apply(&mut self, command: Command) -> Result<Option<i64>> {
        match command {
            Command::Nothing => {}
            Command::Read { key } => return self.get(key).map(Some),
            Command::Write { key, value } => drop(self.values.insert(key, value)),
            Command::Cas { key, from, to } => match self.get(key)? {
                value if value == from => drop(self.values.insert(key, to)),
                value => {
                    let text = format!("the value of key {key} is {value}, not {from}");
                    return Err(Error::precondition_failed(text));
                }
            },
        }
        Ok(None)
    }

    fn get(&self, key: u64) -> Result<i64> {
        let absent = || Error::key_does_not_exist(format!("the key {key} does not exist"));
        self.values.get(&key).copied().ok_or_else(absent)
    }
}
