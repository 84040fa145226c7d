//! The state machine: registers, and what is done to them.

use std::collections::BTreeMap;

use mael::Error;

/// The value of each key.
pub(super) type Registers = BTreeMap<u64, i64>;

/// What is to be done.
#[mael::message]
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Command {
    /// With this a leader begins its term (section 8).
    Nothing,
    Read {
        key: u64,
    },
    Write {
        key: u64,
        value: i64,
    },
    Cas {
        key: u64,
        from: i64,
        to: i64,
    },
}

/// What comes of it: the value that was read, if it reads.
pub(super) type Outcome = mael::Result<Option<i64>>;

impl Command {
    pub(super) fn apply(self, registers: &mut Registers) -> Outcome {
        match self {
            Self::Nothing => {}
            Self::Read { key } => return get(registers, key).map(Some),
            Self::Write { key, value } => drop(registers.insert(key, value)),
            Self::Cas { key, from, to } => match get(registers, key)? {
                value if value == from => drop(registers.insert(key, to)),
                value => {
                    let text = format!("the key {key} holds {value}, not {from}");
                    return Err(Error::precondition_failed(text));
                }
            },
        }
        Ok(None)
    }
}

fn get(registers: &Registers, key: u64) -> mael::Result<i64> {
    let absent = || Error::key_does_not_exist(format!("there is no key {key}"));
    registers.get(&key).copied().ok_or_else(absent)
}
