//! A single-machine node as the specification of a distributed node.

mod actions;
mod keyed;
mod model;
mod observed;
mod shown;
mod specified;

use std::fmt::Debug;

use mael::node::Handlers;
use mael::protocol::Body;

use super::drawn::Drawn;
use super::operation::OperationType;
use super::strategy::Source;

pub use specified::{Specified, specified_by};

/// A node for one machine that defines the result of each request. `#[specification]` implements
/// it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a specification",
    label = "no `impl` block marked with `#[specification]`",
    note = "write `#[specification]` above `#[handlers]`"
)]
pub trait Specification: Handlers + Clone + Ord + Debug {
    /// The name of the workload.
    const NAME: &'static str;

    /// What nodes must do, in Markdown.
    const DOC: &'static str;

    /// What a distributed node must guarantee.
    const CONSISTENCY: Consistency;

    /// Returns the operations, in the order of the handlers.
    fn operations() -> Vec<OperationType>;

    /// Draws the arguments of the operation with this name. Returns `None` if there is no such
    /// operation.
    fn draw(name: &str, source: &mut Source<'_>) -> Option<Drawn>;

    /// Reads the reply to a request. Returns `None` if there is no operation with this name.
    fn read_reply(name: &str, body: Body<'_>) -> Option<mael::Result<Self::Reply>>;
}

/// What a distributed node must guarantee, compared with its specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// One order of all operations explains all results, and each operation takes effect between
    /// its invocation and its completion (Herlihy and Wing, "Linearizability: a correctness
    /// condition for concurrent objects", 1990).
    Linearizable,
    /// One order of all operations explains all results, and keeps the order of the operations of
    /// each process (Lamport, "How to make a multiprocessor computer that correctly executes
    /// multiprocess programs", 1979).
    Sequential,
    /// After some order of all acknowledged operations, and of some whose outcome is unknown, the
    /// specification gives the same results for all final reads as the nodes. Other results are
    /// ignored.
    Convergent,
}
