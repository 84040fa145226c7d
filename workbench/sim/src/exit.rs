//! The exit status of a command.

use std::process::ExitCode;

use mael_checkers::Coverage;
use mael_history::Validity;

use crate::engine::Record;
use crate::judge::Results;

/// The exit status of a command, the same as Maelstrom's (page "CLI", section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: the run is valid.
    Valid,
    /// 1: the run is invalid.
    Invalid,
    /// 2: the verdict is unknown, or no operation was judged.
    Unknown,
    /// 254: invalid arguments.
    BadArguments,
    /// 255: the run failed.
    Failed,
}

impl Exit {
    /// Returns the exit status of a run. With `--strict`, at least one operation must have been
    /// judged.
    pub fn of(record: &Record, results: &Results) -> Self {
        match record.error {
            Some(_) => Self::Failed,
            None if results.strict => Self::of_judged(record, results),
            None => results.valid.into(),
        }
    }

    /// Returns the exit status of a run in which at least one operation must have been judged.
    pub fn of_judged(record: &Record, results: &Results) -> Self {
        match record.error {
            Some(_) => Self::Failed,
            None => Self::of_verdict(results.outcome(), results.coverage),
        }
    }

    /// Returns the exit status of a verdict that must be based on at least one judged operation.
    pub fn of_verdict(valid: Validity, coverage: Coverage) -> Self {
        match coverage.judged {
            0 => Self::Unknown,
            _ => valid.into(),
        }
    }

    /// Returns the status as a number.
    pub fn code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Unknown => 2,
            Self::BadArguments => 254,
            Self::Failed => 255,
        }
    }
}

impl From<Validity> for Exit {
    fn from(valid: Validity) -> Self {
        match valid {
            Validity::True => Self::Valid,
            Validity::False => Self::Invalid,
            Validity::Unknown => Self::Unknown,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
