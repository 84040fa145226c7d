//! Workloads declared with attributes.
//!
//! A workload is declared in one of two ways. `#[specification]` on the handlers of a node makes it
//! the specification of a distributed node ([`specified_by`]). `#[workload]` on a struct and
//! `#[operations]` on its `impl` block declare operations and a check.
//!
//! The declaration defines the requests and replies, the client, the generator, the documentation
//! and the values in histories. In a history, the value of an operation is the only field of its
//! request or reply, or a map of several; `value = "[key, value]"` declares another form.

mod checks;
mod client;
mod codec;
mod declaration;
mod drawing;
mod drawn;
mod form;
mod kept;
mod operation;
mod operations;
mod specification;
mod strategy;
mod typed;
mod workload;

pub use checks::{Check, judge};
pub use declaration::{Declaration, FlagType, set};
pub use drawn::Drawn;
// Used in checks, and by the expansion of `#[operations]`.
pub use mael_checkers::{Coverage, Findings, Verdict};
pub use mael_history::{History, Value};

pub use operation::{OperationType, Record};
pub use operations::Operations;
pub use specification::{Consistency, Specification, Specified, specified_by};
pub use strategy::{Draws, Source, Strategy, Uniform, Unique, list, option};
pub use typed::{Call, Outcome, Typed};
