//! How a command ends.

use std::process::ExitCode;

use mael_checkers::Coverage;
use mael_history::Validity;

use crate::engine::Record;
use crate::judge::Results;

/// How a command ended, as an exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything is right.
    Valid,
    /// 1: something is wrong.
    Invalid,
    /// 2: it can't be told.
    Unknown,
    /// 254: the command was not understood.
    BadArguments,
    /// 255: the run itself failed.
    Failed,
}

impl Exit {
    /// What a run's exit status is. With `--strict`, something must have been judged.
    pub fn of(record: &Record, results: &Results) -> Self {
        match record.broken {
            Some(_) => Self::Failed,
            None if results.strict => Self::of_judged(record, results),
            None => results.valid.into(),
        }
    }

    /// What a run's exit status is where something must have been judged.
    pub fn of_judged(record: &Record, results: &Results) -> Self {
        match record.broken {
            Some(_) => Self::Failed,
            None => Self::of_verdict(results.outcome(), results.coverage),
        }
    }

    /// The exit status for a verdict that is to rest on something.
    pub fn of_verdict(valid: Validity, coverage: Coverage) -> Self {
        match coverage.judged {
            0 => Self::Unknown,
            _ => valid.into(),
        }
    }

    /// The number that the system is given.
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
