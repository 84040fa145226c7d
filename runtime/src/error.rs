//! Errors of the Maelstrom protocol: a code and a text.

use std::fmt;

/// The result of an operation that can fail with a Maelstrom [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A Maelstrom error: the contents of an `error` body.
///
/// An error that a handler returns is sent to the caller as an `error` body.
///
/// ```
/// use mael::{Error, ErrorCode};
///
/// let error = Error::new(ErrorCode::Abort, "the account is frozen");
/// assert!(error.code.is_definite());
/// assert_eq!(error.to_string(), "abort (14): the account is frozen");
/// ```
///
/// Handlers can return any error type that implements `Into<Error>`, and `?` converts it in
/// functions that return a `mael::Result`. Codes from 1000 up are for the node's own errors; they
/// are indefinite. A [definite](ErrorCode::is_definite) code guarantees that the request did not
/// and will not take effect. Note that this also applies to the error of a call that a handler
/// returns with `?`: the code is about that call, not about what the handler has done before.
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
///                 Error::new(ErrorCode::Other(1001), format!("overdrawn by {by}"))
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
    /// The error code, which also determines whether the request may have taken effect.
    pub code: ErrorCode,
    /// A human-readable description.
    pub text: String,
}

impl Error {
    /// Creates an error with a code and a text.
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

    /// Code 10: this node does not implement the requested operation.
    pub fn not_supported(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotSupported, text)
    }

    /// Code 11: the node can't execute the request now, and has not executed it.
    pub fn temporarily_unavailable(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::TemporarilyUnavailable, text)
    }

    /// Code 12: the request is malformed, and was not executed.
    pub fn malformed_request(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::MalformedRequest, text)
    }

    /// Code 13: an internal error; the request may or may not have taken effect.
    pub fn crash(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::Crash, text)
    }

    /// Code 20: the key does not exist.
    pub fn key_does_not_exist(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::KeyDoesNotExist, text)
    }

    /// Code 21: the key already exists, and was not changed.
    pub fn key_already_exists(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::KeyAlreadyExists, text)
    }

    /// Code 22: a precondition does not hold, and nothing was changed.
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

/// An error code: one of the Maelstrom protocol, or a node's own code from 1000 up.
///
/// Source: the table of errors in Maelstrom's protocol documentation. All other codes are
/// [`ErrorCode::Other`], and are indefinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// 0: timeout; the request may or may not have taken effect.
    Timeout,
    /// 1: the destination does not exist.
    NodeNotFound,
    /// 10: the operation is not implemented by this node.
    NotSupported,
    /// 11: the node can't execute the request now, and has not executed it.
    TemporarilyUnavailable,
    /// 12: the request is malformed, and was not executed.
    MalformedRequest,
    /// 13: an internal error with an unknown outcome. The default for unexpected errors.
    Crash,
    /// 14: an internal error; the request was not executed.
    Abort,
    /// 20: the key does not exist.
    KeyDoesNotExist,
    /// 21: the key to be created already exists.
    KeyAlreadyExists,
    /// 22: a precondition, such as the expected value of a compare-and-set, does not hold.
    PreconditionFailed,
    /// 30: a transaction was aborted because it conflicted with another.
    TxnConflict,
    /// Any other code. Codes from 1000 up are for the node's own errors. All are indefinite.
    Other(i64),
}

impl ErrorCode {
    /// The codes defined by the protocol, in ascending order.
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

    /// Converts a number to a code.
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

    /// Returns the number of this code on the wire.
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

    /// Returns the name of this code in the protocol and in histories.
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

    /// Returns a sentence that describes this code, for documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Timeout => {
                "There was no reply in time. The request may or may not have taken effect."
            }
            Self::NodeNotFound => "The destination does not exist.",
            Self::NotSupported => "The operation is not implemented by this node.",
            Self::TemporarilyUnavailable => {
                "The node can't execute the request now, for example because it has no leader or \
                 is not initialized. The request was not executed."
            }
            Self::MalformedRequest => "The request is malformed, and was not executed.",
            Self::Crash => {
                "An internal error with an unknown outcome. The default for unexpected \
                            errors."
            }
            Self::Abort => "An internal error. The request was not executed.",
            Self::KeyDoesNotExist => "The key of the operation does not exist.",
            Self::KeyAlreadyExists => "The key to be created already exists.",
            Self::PreconditionFailed => {
                "A precondition, such as the expected value of a compare-and-set, did not hold."
            }
            Self::TxnConflict => "The transaction was aborted because it conflicted with another.",
            Self::Other(_) => {
                "Codes from 1000 up are for the node's own errors, and others are reserved. All \
                 are treated as indefinite."
            }
        }
    }

    /// Whether this code guarantees that the request did not and will not take effect.
    pub fn is_definite(self) -> bool {
        !matches!(self, Self::Timeout | Self::Crash | Self::Other(_))
    }
}
