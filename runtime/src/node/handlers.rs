//! What the macros implement for a user's struct.

use std::rc::Rc;
use std::time::Duration;

use super::environment::{Environment, StartupError};
use super::init::Init;
use super::response::Response;
use crate::Result;
use crate::protocol::{Body, Encode, Name};
use crate::rpc::DEFAULT_RPC_TIMEOUT;

/// How long a handler may take: Maelstrom's clients give up after 5 s, and an answer that is later
/// than that can silence a node on the original bench.
pub const HANDLER_DEADLINE: Duration = Duration::from_millis(4500);

/// A struct that is built from the `init` message; `#[node]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a node",
    label = "not marked with `#[node]`",
    note = "write `#[node]` above the struct"
)]
pub trait Node: Sized + 'static {
    /// How long an asynchronous handler may take.
    const DEADLINE: Duration = HANDLER_DEADLINE;

    /// How long a call waits for its reply.
    const RPC_TIMEOUT: Duration = DEFAULT_RPC_TIMEOUT;

    /// Has every field look at what the node was started with.
    ///
    /// # Errors
    /// The error of the first field that has one.
    fn check_args(_host: &Environment) -> Result<(), StartupError> {
        Ok(())
    }

    /// Builds the node.
    ///
    /// # Errors
    /// The error of the first field that can't be built.
    fn from_init(init: &Init) -> Result<Self>;
}

/// A node and what it does with each type of request; `#[handlers]` implements it.
///
/// ```
/// use mael::node::Handlers;
/// use mael::prelude::*;
///
/// #[node]
/// struct Echo;
///
/// #[handlers]
/// impl Echo {
///     #[handler(reply = "echo")]
///     fn echo(&self, echo: String) -> String {
///         echo
///     }
/// }
///
/// assert_eq!(Echo::TYPES, ["echo"]);
/// ```
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

    /// Those of them that are never answered.
    const ONEWAY: &'static [&'static str] = &[];

    /// Reads a request; None if no handler takes this type.
    fn decode<'a>(msg_type: &str, body: Body<'a>) -> Option<Result<Self::Request<'a>>>;

    /// Calls the handler of a request.
    fn handle(self: &Rc<Self>, src: &Name<'_>, request: Self::Request<'_>)
    -> Response<Self::Reply>;

    /// Calls the method marked `#[init]`, before `init` is answered.
    fn on_init(self: &Rc<Self>) -> Response<()> {
        Response::Ready(Ok(()))
    }

    /// Starts the methods marked `#[every]` and `#[task]`, after `init` is answered.
    fn start(self: &Rc<Self>) {}
}
