//! What the macros implement for a user's struct, and what a node is built from.

use std::rc::Rc;

use crate::runtime::LocalFuture;
use crate::wire::{Body, Encode};
use crate::{Error, NodeId, Nodes, Result};

/// The `init` message: who this node is, and who else there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// This node's own name.
    pub node_id: NodeId,
    /// All nodes, this one included, in the same order on every node.
    pub node_ids: Nodes,
}

impl Init {
    /// Reads the fields of an `init` body.
    pub(crate) fn read(body: Body<'_>) -> Result<Self> {
        let (node_id, node_ids): (NodeId, Vec<NodeId>) = body.fields(["node_id", "node_ids"])?;
        if node_id.is_empty() {
            return Err(Error::malformed_request("`node_id` must not be empty"));
        }
        Ok(Self {
            node_id,
            node_ids: node_ids.into(),
        })
    }
}

/// A value that a field of a node can start with.
///
/// Every type with a [`Default`] starts with that; [`NodeId`] and [`Nodes`] are filled in from
/// the `init` message. A type has either a `Default` or its own `FromInit`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` can't be filled in when the node starts",
    label = "neither `Default` nor `mael::FromInit` is implemented for it",
    note = "derive `Default` for it, or implement `mael::FromInit`"
)]
pub trait FromInit: Sized {
    /// Builds the value for the field of this name.
    ///
    /// # Errors
    /// An error is sent in answer to `init`, which ends the run.
    fn from_init(init: &Init, field: &str) -> Result<Self>;
}

impl<T: Default> FromInit for T {
    fn from_init(_: &Init, _: &str) -> Result<Self> {
        Ok(T::default())
    }
}

impl FromInit for NodeId {
    fn from_init(init: &Init, _: &str) -> Result<Self> {
        Ok(init.node_id.clone())
    }
}

impl FromInit for Nodes {
    fn from_init(init: &Init, _: &str) -> Result<Self> {
        Ok(init.node_ids.clone())
    }
}

/// A struct that is built from the `init` message; `#[node]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a node",
    label = "not marked with `#[node]`",
    note = "write `#[node]` above the struct"
)]
pub trait Node: Sized + 'static {
    /// Builds the node.
    ///
    /// # Errors
    /// The error of the first field that can't be built.
    fn from_init(init: &Init) -> Result<Self>;
}

/// A node and what it does with each type of request; `#[handlers]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handlers",
    label = "no impl block of it is marked with `#[handlers]`",
    note = "write `#[handlers]` above `impl {Self}`"
)]
pub trait Handlers: Node {
    /// Every request this node handles. The lifetime is that of the message's bytes.
    type Request<'a>;

    /// Every reply this node gives.
    type Reply: Encode + 'static;

    /// The types of the requests it handles, in the order of the handlers.
    const TYPES: &'static [&'static str];

    /// Reads a request; None if no handler takes this type.
    fn decode<'a>(kind: &str, body: Body<'a>) -> Option<Result<Self::Request<'a>>>;

    /// Calls the handler of a request.
    fn handle(self: &Rc<Self>, src: &str, request: Self::Request<'_>) -> Answer<Self::Reply>;
}

/// What a handler has to say: its reply, or the promise of one.
pub enum Answer<R> {
    /// The handler has returned.
    Now(Result<R>),
    /// The handler is asynchronous, and has not been polled yet.
    Later(LocalFuture<'static, Result<R>>),
}

impl<R> Answer<R> {
    /// The answer of a handler that returned `result`.
    pub fn now<E: Into<Error>>(result: Result<R, E>) -> Self {
        Self::Now(result.map_err(Into::into))
    }

    /// The answer of a handler that is still to run.
    pub fn later(result: impl Future<Output = Result<R>> + 'static) -> Self {
        Self::Later(Box::pin(result))
    }
}
