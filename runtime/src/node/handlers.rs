//! The traits that the macros implement for a node.

use std::rc::Rc;
use std::time::Duration;

use super::environment::{Environment, StartupError};
use super::init::Init;
use super::response::Response;
use crate::Result;
use crate::protocol::{Body, Encode, Name};
use crate::rpc::DEFAULT_RPC_TIMEOUT;

/// The default deadline of handlers. Maelstrom's clients time out after 5 s, and Maelstrom may stop
/// reading a node's output after a reply that is later than that.
pub const HANDLER_DEADLINE: Duration = Duration::from_millis(4500);

/// A struct that is built from the `init` message; `#[node]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a node",
    label = "not marked with `#[node]`",
    note = "mark the struct with `#[node]`"
)]
pub trait Node: Sized + 'static {
    /// The deadline of `async` handlers.
    const DEADLINE: Duration = HANDLER_DEADLINE;

    /// The default timeout of calls.
    const RPC_TIMEOUT: Duration = DEFAULT_RPC_TIMEOUT;

    /// Checks the program's arguments by [`FromInit::check_args`](super::FromInit::check_args) of
    /// every field.
    ///
    /// # Errors
    /// The error of the first field that returns one.
    fn check_args(_host: &Environment) -> Result<(), StartupError> {
        Ok(())
    }

    /// Creates the node.
    ///
    /// # Errors
    /// The error of the first field that can't be created.
    fn from_init(init: &Init) -> Result<Self>;
}

/// A node that handles requests; `#[handlers]` implements it.
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
    label = "no `impl` block marked with `#[handlers]`",
    note = "mark `impl {Self}` with `#[handlers]`"
)]
pub trait Handlers: Node {
    /// The requests that the node handles. They can borrow from the bytes of the message.
    type Request<'a>;

    /// The replies that the node sends.
    type Reply: Encode + 'static;

    /// The message types that the node handles, in the order of the handlers.
    const TYPES: &'static [&'static str];

    /// The message types of `oneway` handlers, which send no reply.
    const ONEWAY: &'static [&'static str] = &[];

    /// Deserializes a request. Returns None if there is no handler for the type.
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
