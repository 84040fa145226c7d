//! What goes wrong, in the protocol's own terms: a code and a text.

use std::fmt;

/// The result of anything that can fail with a Maelstrom [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A Maelstrom error: what the body of an `error` message says.
///
/// A handler that returns one has it sent to the caller as an `error` body.
///
/// ```
/// use mael::{Error, ErrorCode};
///
/// let error = Error::new(ErrorCode::Abort, "the account is frozen");
/// assert!(error.code.is_definite());
/// assert_eq!(error.to_string(), "abort (14): the account is frozen");
/// ```
///
/// A node's own error type becomes one by `From`; then handlers may return it, and `?` takes it
/// where a `mael::Result` is returned. From 1000 up the codes are the node's own; they are
/// indefinite. A code that [is definite](ErrorCode::is_definite) promises that the request did not
/// and will not take effect. That also goes for the error of a call that a handler passes on with
/// `?`: it speaks of that call, and not of what the handler has done before.
///
/// ```
/// use mael::prelude::*;
///
/// enum BankError {
///     Frozen,
///     Overdrawn { by: u64 },
/// }
///
/// impl From<BankError> for Error {
///     fn from(error: BankError) -> Self {
///         match error {
///             BankError::Frozen => Error::new(ErrorCode::Abort, "the account is frozen"),
///             BankError::Overdrawn { by } => {
///                 Error::new(ErrorCode::Other(1001), format!("{by} are missing"))
///             }
///         }
///     }
/// }
///
/// #[node]
/// struct Account {
///     balance: Cell<u64>,
///     frozen: Cell<bool>,
/// }
///
/// #[handlers]
/// impl Account {
///     #[handler(type = "withdraw", reply = "balance")]
///     fn withdraw(&self, amount: u64) -> Result<u64, BankError> {
///         if self.frozen.get() {
///             return Err(BankError::Frozen);
///         }
///         let balance = self.balance.get();
///         let left = balance.checked_sub(amount);
///         self.balance.set(left.ok_or(BankError::Overdrawn { by: amount - balance })?);
///         Ok(self.balance.get())
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of error, which tells a caller whether the request may have taken effect.
    pub code: ErrorCode,
    /// What happened, for a person to read.
    pub text: String,
}

impl Error {
    /// An error with a code and a text.
    pub fn new(code: ErrorCode, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// Code 0: the request did not finish in time, and may or may not have taken effect.
    pub fn timeout(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::Timeout, text)
    }

    /// Code 10: this node does not implement what was asked.
    pub fn not_supported(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotSupported, text)
    }

    /// Code 11: the node can't do it now, and has not done it.
    pub fn temporarily_unavailable(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::TemporarilyUnavailable, text)
    }

    /// Code 12: the request could not be understood, hence was not executed.
    pub fn malformed_request(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::MalformedRequest, text)
    }

    /// Code 13: something failed, and what it had done before is unknown.
    pub fn crash(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::Crash, text)
    }

    /// Code 20: there is no such key.
    pub fn key_does_not_exist(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::KeyDoesNotExist, text)
    }

    /// Code 22: something else is there than was expected, and nothing was changed.
    pub fn precondition_failed(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::PreconditionFailed, text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code.name(), self.code.number())?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The error codes of the Maelstrom protocol, and a node's own from 1000 up.
///
/// Source: the protocol's table of errors. Codes that the table does not name travel as
/// [`ErrorCode::Other`] and are indefinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// 0: no answer in time; the request may or may not have taken effect.
    Timeout,
    /// 1: the destination does not exist.
    NodeNotFound,
    /// 10: the operation is not implemented by this node.
    NotSupported,
    /// 11: certainly not done now, for want of a leader, of initialisation, of write access.
    TemporarilyUnavailable,
    /// 12: the request could not be understood, hence was not executed.
    MalformedRequest,
    /// 13: a general failure with an unknown outcome. The safe default.
    Crash,
    /// 14: a general failure; certainly not executed.
    Abort,
    /// 20: an operation on a key that does not exist.
    KeyDoesNotExist,
    /// 21: the creation of a key that exists already.
    KeyAlreadyExists,
    /// 22: a precondition, such as the expected value of a compare-and-set, did not hold.
    PreconditionFailed,
    /// 30: a transaction was aborted because it conflicted with another.
    TxnConflict,
    /// Any other code. Those from 1000 are a node's own; all are taken as indefinite.
    Other(i64),
}

impl ErrorCode {
    /// The codes that the protocol names, in ascending order.
    pub const ALL: [Self; 11] = [
        Self::Timeout,
        Self::NodeNotFound,
        Self::NotSupported,
        Self::TemporarilyUnavailable,
        Self::MalformedRequest,
        Self::Crash,
        Self::Abort,
        Self::KeyDoesNotExist,
        Self::KeyAlreadyExists,
        Self::PreconditionFailed,
        Self::TxnConflict,
    ];

    /// The code of this number.
    ///
    /// ```
    /// use mael::ErrorCode;
    ///
    /// assert_eq!(ErrorCode::from_number(22), ErrorCode::PreconditionFailed);
    /// assert_eq!(ErrorCode::from_number(1004), ErrorCode::Other(1004));
    /// ```
    pub fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Timeout,
            1 => Self::NodeNotFound,
            10 => Self::NotSupported,
            11 => Self::TemporarilyUnavailable,
            12 => Self::MalformedRequest,
            13 => Self::Crash,
            14 => Self::Abort,
            20 => Self::KeyDoesNotExist,
            21 => Self::KeyAlreadyExists,
            22 => Self::PreconditionFailed,
            30 => Self::TxnConflict,
            other => Self::Other(other),
        }
    }

    /// The number that stands for this code on the wire.
    pub fn number(self) -> i64 {
        match self {
            Self::Timeout => 0,
            Self::NodeNotFound => 1,
            Self::NotSupported => 10,
            Self::TemporarilyUnavailable => 11,
            Self::MalformedRequest => 12,
            Self::Crash => 13,
            Self::Abort => 14,
            Self::KeyDoesNotExist => 20,
            Self::KeyAlreadyExists => 21,
            Self::PreconditionFailed => 22,
            Self::TxnConflict => 30,
            Self::Other(number) => number,
        }
    }

    /// The protocol's name of this code, as it stands in histories.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::NodeNotFound => "node-not-found",
            Self::NotSupported => "not-supported",
            Self::TemporarilyUnavailable => "temporarily-unavailable",
            Self::MalformedRequest => "malformed-request",
            Self::Crash => "crash",
            Self::Abort => "abort",
            Self::KeyDoesNotExist => "key-does-not-exist",
            Self::KeyAlreadyExists => "key-already-exists",
            Self::PreconditionFailed => "precondition-failed",
            Self::TxnConflict => "txn-conflict",
            Self::Other(_) => "unknown",
        }
    }

    /// What this code says of a request, for documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Timeout => {
                "There was no answer in time. The request may or may not have taken effect."
            }
            Self::NodeNotFound => "The destination does not exist.",
            Self::NotSupported => "The operation is not implemented by this node.",
            Self::TemporarilyUnavailable => {
                "The request was certainly not executed now, for want of a leader, of \
                 initialisation, of write access."
            }
            Self::MalformedRequest => {
                "The request could not be understood, hence was not executed."
            }
            Self::Crash => "A general failure with an unknown outcome. The safe default.",
            Self::Abort => "A general failure; the request was certainly not executed.",
            Self::KeyDoesNotExist => "The operation is on a key that does not exist.",
            Self::KeyAlreadyExists => "The key that was to be created exists already.",
            Self::PreconditionFailed => {
                "A precondition, such as the expected value of a compare-and-set, did not hold."
            }
            Self::TxnConflict => "The transaction was aborted because it conflicted with another.",
            Self::Other(_) => {
                "A node's own, from 1000 up; the others are reserved. Taken as indefinite."
            }
        }
    }

    /// Whether this code says that the request did not and will never take effect.
    pub fn is_definite(self) -> bool {
        !matches!(self, Self::Timeout | Self::Crash | Self::Other(_))
    }
}
