//! What the macros implement for a user's struct, and what a node is built from.

use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use crate::executor::{Activity, Guarded, LocalFuture, logger, spawn_guarded};
use crate::host::{Host, Refusal};
use crate::net::{DEFAULT_RPC_TIMEOUT, Net};
use crate::part::Parts;
use crate::peers::{Neighbours, Peer};
use crate::protocol::{Body, IntoBody, Name};
use crate::serve::HANDLER_DEADLINE;
use crate::{Error, NodeId, Nodes, Result, time};

/// The `init` message: who this node is, and who else there is; and what the node has been given
/// to work with.
#[derive(Clone)]
pub struct Init {
    /// This node's own name.
    pub node_id: NodeId,
    /// All nodes, this one included, in the same order on every node.
    pub node_ids: Nodes,
    net: Net,
    neighbours: Neighbours,
    parts: Parts,
    host: Rc<Host>,
}

impl Init {
    pub(crate) fn new(node_id: NodeId, node_ids: Nodes, net: Net, host: Rc<Host>) -> Self {
        Self {
            node_id,
            node_ids,
            net,
            neighbours: Neighbours::default(),
            parts: Parts::default(),
            host,
        }
    }

    /// The way to everyone else.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// What the node's process, or its simulation, provides.
    pub fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }
}

impl fmt::Debug for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Init")
            .field("node_id", &self.node_id)
            .field("node_ids", &self.node_ids)
            .finish_non_exhaustive()
    }
}

/// A field of a node, as the one who fills it in sees it.
///
/// ```
/// use mael::Field;
/// use mael::time::Duration;
///
/// // What a `FromInit` is given for `#[key("log")] #[lease(ms = 500)] entries: ...`
/// let field = Field::new("entries").with_key("log").with_lease(Duration::from_millis(500));
/// assert_eq!((field.key(), field.lease()), ("log", Some(Duration::from_millis(500))));
/// assert_eq!(Field::new("entries").key(), "entries");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    name: &'static str,
    key: Option<&'static str>,
    lease: Option<Duration>,
}

impl Field {
    /// The field of this name; the index in a tuple struct.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            key: None,
            lease: None,
        }
    }

    /// With the key of its `#[key("...")]`.
    #[must_use]
    pub const fn with_key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// With the lease of its `#[lease(...)]`.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// The name under which the field's value is kept in a store: its key, or else its name.
    pub fn key(&self) -> &'static str {
        self.key.unwrap_or(self.name)
    }

    /// The lease that was set for it.
    pub fn lease(&self) -> Option<Duration> {
        self.lease
    }
}

/// A value that a field of a node can start with.
///
/// Every type with a [`Default`] starts with that; [`NodeId`], [`Nodes`], [`Peers`](crate::Peers),
/// [`Net`], states that are gossiped, the key-value stores, locks, storage and
/// flags are filled in from what the node is given. A type has either a `Default` or its own
/// `FromInit`.
///
/// ```
/// use mael::prelude::*;
/// use mael::{Field, FromInit, Init};
///
/// /// How many nodes are more than half of all.
/// struct Majority(usize);
///
/// impl FromInit for Majority {
///     fn from_init(init: &Init, _: &Field) -> mael::Result<Self> {
///         Ok(Self(init.node_ids.len() / 2 + 1))
///     }
/// }
///
/// #[node]
/// struct Voter {
///     majority: Majority,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` can't be filled in when the node starts",
    label = "neither `Default` nor `mael::FromInit` is implemented for it",
    note = "derive `Default` for it, or implement `mael::FromInit`"
)]
pub trait FromInit: Sized {
    /// Looks at what the node was started with, before any message is read.
    ///
    /// # Errors
    /// [`Refusal`], and the node does not start: bad flags, or a call for help.
    fn prepare(_host: &Host) -> Result<(), Refusal> {
        Ok(())
    }

    /// Builds the value of a field.
    ///
    /// # Errors
    /// An error is sent in answer to `init`, which ends the run.
    fn from_init(init: &Init, field: &Field) -> Result<Self>;
}

impl<T: Default> FromInit for T {
    fn from_init(_: &Init, _: &Field) -> Result<Self> {
        Ok(T::default())
    }
}

impl FromInit for NodeId {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(init.node_id.clone())
    }
}

impl FromInit for Nodes {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
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
    /// How long an asynchronous handler may take.
    const DEADLINE: Duration = HANDLER_DEADLINE;

    /// How long a call waits for its reply.
    const RPC_TIMEOUT: Duration = DEFAULT_RPC_TIMEOUT;

    /// Has every field look at what the node was started with.
    ///
    /// # Errors
    /// The refusal of the first field that has one.
    fn prepare(_host: &Host) -> Result<(), Refusal> {
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
    type Reply: IntoBody + 'static;

    /// The types of the requests it handles, in the order of the handlers.
    const TYPES: &'static [&'static str];

    /// Those of them that are never answered.
    const ONEWAY: &'static [&'static str] = &[];

    /// Reads a request; None if no handler takes this type.
    fn decode<'a>(kind: &str, body: Body<'a>) -> Option<Result<Self::Request<'a>>>;

    /// Calls the handler of a request.
    fn handle(self: &Rc<Self>, src: &Name<'_>, request: Self::Request<'_>) -> Answer<Self::Reply>;

    /// Calls the method marked `#[init]`, before `init` is answered.
    fn set_up(self: &Rc<Self>) -> Answer<()> {
        Answer::Now(Ok(()))
    }

    /// Starts the methods marked `#[every]` and `#[task]`, after `init` is answered.
    fn start(self: &Rc<Self>) {}
}

/// A node that other nodes can call; `#[handlers]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handlers to call",
    label = "no impl block of it is marked with `#[handlers]`",
    note = "write `#[handlers]` above `impl {Self}`"
)]
pub trait Callable: 'static {
    /// Calls the handlers of such a node on another node.
    type Client;

    /// A client of one node.
    fn client(peer: Peer) -> Self::Client;
}

/// What a handler has to say: its reply, or the promise of one.
pub enum Answer<R> {
    /// The handler has returned.
    Now(Result<R>),
    /// The handler is asynchronous, and has not been polled yet.
    Later(Later<R>),
    /// The handler has returned, and is never answered; a failure is only reported.
    Silent(Result<()>),
}

/// The promise of an answer.
pub struct Later<R> {
    pub(crate) future: LaterFuture<R>,
    /// How long it may take, if not as long as the node's other handlers.
    pub(crate) deadline: Option<Duration>,
}

/// What comes of a promise: an answer, or only its failure.
pub(crate) enum LaterFuture<R> {
    Reply(LocalFuture<'static, Result<R>>),
    Silent(LocalFuture<'static, Result<()>>),
}

impl<R> Answer<R> {
    /// The answer of a handler that returned `result`.
    pub fn now<E: IntoError>(result: Result<R, E>) -> Self {
        Self::Now(result.map_err(E::into_error))
    }

    /// The answer of a handler that is still to run.
    pub fn later<E: IntoError>(result: impl Future<Output = Result<R, E>> + 'static) -> Self {
        let result = async move { result.await.map_err(E::into_error) };
        Self::Later(Later {
            future: LaterFuture::Reply(Box::pin(result)),
            deadline: None,
        })
    }

    /// That a handler which is never answered returned `result`.
    pub fn oneway<E: IntoError>(result: Result<(), E>) -> Self {
        Self::Silent(result.map_err(E::into_error))
    }

    /// That a handler which is never answered is still to run.
    pub fn oneway_later<E: IntoError>(
        result: impl Future<Output = Result<(), E>> + 'static,
    ) -> Self {
        let result = async move { result.await.map_err(E::into_error) };
        Self::Later(Later {
            future: LaterFuture::Silent(Box::pin(result)),
            deadline: None,
        })
    }

    /// Gives a handler that is still to run its own deadline.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        if let Self::Later(later) = &mut self {
            later.deadline = Some(deadline);
        }
        self
    }
}

/// An error that can be sent: any that converts into [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as an error",
    label = "does not convert into `mael::Error`",
    note = "return a `mael::Result<...>`, and say which error it is where it occurs: \
            `.map_err(|error| Error::crash(error.to_string()))?`, or \
            `Err(Error::new(ErrorCode::Abort, \"why\"))`",
    note = "or, for an error type of your own, write `impl From<{Self}> for mael::Error`"
)]
pub trait IntoError {
    #[doc(hidden)]
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> IntoError for E {
    fn into_error(self) -> Error {
        self.into()
    }
}

/// A `Result` by whatever name: what a handler marked `fallible` returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`, so its handler can't fail",
    label = "not a `Result`",
    note = "remove `fallible`, or return a `Result`",
    note = "a return type named `Result` is always taken for one: `use` yours under another name"
)]
pub trait Fallible {
    /// What there is if nothing failed.
    type Value;

    /// What went wrong.
    type Error;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// What a handler marked `fallible` returned, as the `Result` that it is.
pub fn result<F: Fallible>(returned: F) -> Result<F::Value, F::Error> {
    returned.into_result()
}

/// What a method marked `#[init]`, `#[every]` or `#[task]` may return.
#[diagnostic::on_unimplemented(
    message = "an `#[init]`, `#[every]` or `#[task]` method can't return `{Self}`",
    label = "not `()` or a `Result<(), E>`"
)]
pub trait Completion {
    #[doc(hidden)]
    fn into_result(self) -> Result<()>;
}

impl Completion for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl<E: IntoError> Completion for Result<(), E> {
    fn into_result(self) -> Result<()> {
        self.map_err(E::into_error)
    }
}

/// What a method marked `#[init]` returned, as a `Result`.
///
/// # Errors
/// Whatever it failed with.
pub fn done(returned: impl Completion) -> Result<()> {
    returned.into_result()
}

/// Calls the periodic method `name` by `tick` every `period`: first one period from now, never while
/// the last call still runs, and without making up for what was missed. A call that fails or panics
/// is reported, and the next one follows all the same. A period of zero is one of a nanosecond.
pub fn every<N: 'static, T: Completion>(
    name: &'static str,
    period: Duration,
    node: &Rc<N>,
    tick: impl AsyncFn(&Rc<N>) -> T + 'static,
) {
    let node = Rc::clone(node);
    let period = period.max(Duration::from_nanos(1));
    let activity = Activity::Timer(name);
    spawn_guarded(activity, async move {
        let mut next = time::now() + period;
        loop {
            time::sleep_until(next).await;
            logger::debug(format_args!("`{name}` is called, as every {period:?}"));
            run(activity, name, tick(&node)).await;
            let missed = time::now().since(next).as_nanos() / period.as_nanos();
            next += period * u32::try_from(missed + 1).unwrap_or(u32::MAX);
        }
    });
}

/// Runs the method `name` beside the node's handlers, by `task`, for as long as the node lives. If it
/// fails or panics, that is reported and it is over.
pub fn task<N: 'static, T: Completion>(
    name: &'static str,
    node: &Rc<N>,
    task: impl AsyncFnOnce(&Rc<N>) -> T + 'static,
) {
    let node = Rc::clone(node);
    let activity = Activity::Task(name);
    spawn_guarded(
        activity,
        async move { run(activity, name, task(&node)).await },
    );
}

/// Runs the method `name` once, and reports its failure or panic.
async fn run<T: Completion>(activity: Activity<'_>, name: &str, method: impl Future<Output = T>) {
    let completed = Guarded::new(activity, pin!(method)).await;
    // A panic has been reported.
    if let Ok(Err(error)) = completed.map(T::into_result) {
        logger::warn(format_args!("`{name}` failed: {error}"));
    }
}

/// A number of milliseconds, as it stands in `#[every(ms = ...)]`. A negative one is zero.
pub fn millis(count: impl TryInto<u64>) -> Duration {
    Duration::from_millis(count.try_into().unwrap_or(0))
}

/// A number of seconds, as it stands in `#[every(secs = ...)]`. A negative one is zero.
pub fn seconds(count: impl TryInto<u64>) -> Duration {
    Duration::from_secs(count.try_into().unwrap_or(0))
}
