//! Calls to other nodes, with timeouts and retries.

use std::cell::Cell;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;

pub use super::arguments::{Arguments, Empty, Named, One, Returns, Several, Whole};
use super::backoff::Backoff;
use super::net::Net;
use crate::executor::{Activity, LocalFuture, Task, logger, spawn_guarded};
use crate::{Error, ErrorCode, NodeId, Result, time};

/// The maximum pause between two attempts of a retried call.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The maximum of the first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// A call to another node. Nothing is sent before it is awaited, sent or detached.
///
/// - `call.await` sends the request once, and waits for the reply up to the node's RPC timeout (1 s
///   by default).
/// - `call.timeout(limit).await` waits up to `limit`.
/// - `call.retry().await` sends the request again until a reply arrives: see [`Retry`].
/// - `call.send()` sends the request once, without requesting a reply.
/// - `call.detach()` makes the call in the background, and ignores its result.
///
/// A reply after the timeout is ignored. Dropping the future of a call cancels it; the request may
/// still take effect.
///
/// ```
/// use mael::prelude::*;
/// use mael::time::Duration;
///
/// #[node]
/// struct Replica {
///     peers: Peers<Replica>,
///     version: Cell<u64>,
/// }
///
/// #[handlers]
/// impl Replica {
///     #[handler(reply = "value")]
///     fn version(&self) -> u64 {
///         self.version.get()
///     }
///
///     #[handler]
///     fn raise(&self, version: u64) {
///         self.version.set(version.max(self.version.get()));
///     }
///
///     /// Returns the newest version of all nodes that reply within 300 ms, and sends it to all.
///     #[handler(reply = "value")]
///     async fn newest(&self) -> u64 {
///         let mut newest = self.version.get();
///         for peer in &self.peers {
///             match peer.version().timeout(Duration::from_millis(300)).await {
///                 Ok(version) => newest = newest.max(version),
///                 Err(error) => eprintln!("{}: {error}", peer.id()),
///             }
///         }
///         for peer in &self.peers {
///             peer.raise(newest).retry().detach();
///         }
///         newest
///     }
/// }
/// ```
#[must_use = "nothing is sent before a call is awaited, sent or detached"]
pub struct Call<A, R> {
    net: Net,
    dest: NodeId,
    msg_type: &'static str,
    arguments: A,
    /// The names of the reply's fields.
    reply: &'static [&'static str],
    timeout: Duration,
    returns: PhantomData<fn() -> R>,
}

impl Net {
    /// Creates a call to a node, service or client. `body` must serialize to a JSON object with the
    /// fields of the request, or be `()`. The reply is deserialized from the whole body, without
    /// `type`, `msg_id` and `in_reply_to` unless `T` is a struct with fields of these names.
    ///
    /// Nothing is sent before the call is awaited, sent or detached.
    pub fn rpc<B: Serialize, T>(
        &self,
        dest: impl Into<NodeId>,
        msg_type: &'static str,
        body: B,
    ) -> Call<Whole<B>, Whole<T>> {
        Call::new(self.clone(), dest.into(), msg_type, Whole(body), &[])
    }
}

impl<A, R> Call<A, R> {
    pub(crate) fn new(
        net: Net,
        dest: NodeId,
        msg_type: &'static str,
        arguments: A,
        reply: &'static [&'static str],
    ) -> Self {
        Self {
            timeout: net.timeout(),
            net,
            dest,
            msg_type,
            arguments,
            reply,
            returns: PhantomData,
        }
    }

    /// Sets the timeout of each attempt.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Repeats the call until a reply arrives.
    pub fn retry(self) -> Retry<A, R> {
        Retry(self)
    }
}

impl<A: Arguments, R> Call<A, R> {
    /// Sends the request once, without a message ID, so that no reply is sent.
    ///
    /// If an argument can't be serialized, nothing is sent, and a warning is logged.
    pub fn send(self) {
        let sent = self
            .net
            .send_request(&self.dest, self.msg_type, None, &self.arguments);
        if let Err(error) = sent {
            logger::warn(format_args!(
                "`{}` to {} could not be sent: {error}",
                self.msg_type, self.dest
            ));
        }
    }

    fn timed_out(&self) -> Error {
        let Self {
            dest,
            msg_type,
            timeout,
            ..
        } = self;
        Error::timeout(format!(
            "no reply from {dest} to `{msg_type}` within {timeout:?}"
        ))
    }
}

impl<A: Arguments, R: Returns> Call<A, R> {
    async fn run(&self) -> Result<R::Output> {
        let mut waiting = self.net.wait();
        waiting.attempt(&self.dest, self.msg_type, &self.arguments)?;
        match waiting.reply(self.timeout).await {
            Ok(body) => R::read(body?.as_body(), self.reply),
            Err(time::Elapsed) => {
                let error = self.timed_out();
                logger::debug(format_args!("{error}"));
                Err(error)
            }
        }
    }

    /// Repeats the request until a reply arrives. `unresolved` counts the attempts that may have
    /// taken effect: all attempts except those with a definite error as reply.
    async fn run_until_answered(&self, unresolved: &Cell<usize>) -> Result<R::Output> {
        let mut waiting = self.net.wait();
        let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            waiting.attempt(&self.dest, self.msg_type, &self.arguments)?;
            unresolved.set(unresolved.get() + 1);
            let pause = pauses.next();
            match waiting.reply(self.timeout + pause).await {
                Err(time::Elapsed) => self.log_retry(&self.timed_out()),
                Ok(Err(error)) => {
                    if error.code.is_definite() {
                        unresolved.set(unresolved.get() - 1);
                    }
                    if !may_succeed_later(&error) {
                        return Err(error);
                    }
                    self.log_retry(&error);
                    time::sleep(pause).await;
                }
                Ok(Ok(body)) => return R::read(body.as_body(), self.reply),
            }
        }
    }

    /// Repeats the request until a reply arrives. A definite error is returned only if no other
    /// attempt may have taken effect.
    async fn run_at_least_once(&self) -> Result<R::Output> {
        let unresolved = Cell::new(0);
        let result = self.run_until_answered(&unresolved).await;
        result.map_err(|error| {
            if error.code.is_definite() && unresolved.get() > 0 {
                Error::crash(format!(
                    "an earlier attempt may have taken effect; then {error}"
                ))
            } else {
                error
            }
        })
    }

    fn log_retry(&self, error: &Error) {
        logger::debug(format_args!(
            "retrying `{}` to {}: {error}",
            self.msg_type, self.dest
        ));
    }
}

/// Whether another attempt can succeed after this error. (After the end of the input none can, but
/// then sending fails.)
fn may_succeed_later(error: &Error) -> bool {
    matches!(
        error.code,
        ErrorCode::Timeout | ErrorCode::TemporarilyUnavailable | ErrorCode::Crash
    )
}

impl<A, R> Call<A, R>
where
    A: Arguments + 'static,
    R: Returns + 'static,
{
    /// Makes the call in the background, and ignores its result. It is dropped with the node.
    pub fn detach(self) -> Task {
        spawn_guarded(Activity::Call(self.msg_type), async move {
            let _ = self.run().await;
        })
    }
}

impl<A, R> IntoFuture for Call<A, R>
where
    A: Arguments + 'static,
    R: Returns + 'static,
{
    type Output = Result<R::Output>;
    type IntoFuture = LocalFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.run().await })
    }
}

/// A call that is repeated until a reply arrives.
///
/// Each attempt waits for the call's timeout and a pause that grows, with jitter, up to 1 s. A
/// reply to any attempt completes the call, so it also completes if a round trip takes longer than
/// the timeout. Errors 0, 11 and 13 are retried; any other error is returned. A definite error is
/// returned as code 13 if an earlier attempt without a reply may have taken effect.
///
/// Therefore, the request arrives *at least once*: the handler must be idempotent, also for
/// requests that arrive late.
///
/// Awaiting it in a handler ends at the handler's deadline. `.detach()` continues in the background
/// for as long as the node runs.
///
/// Idempotent requests send a state (`raise(to)`, which takes the larger value), insert into a set,
/// or have an ID that the receiver stores. A change (`add(delta)`) is not idempotent: it could be
/// made twice.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Ledger {
///     id: NodeId,
///     peers: Peers<Ledger>,
///     made: Cell<u64>,
///     seen: RefCell<BTreeSet<(NodeId, u64)>>,
///     total: Cell<i64>,
/// }
///
/// #[handlers]
/// impl Ledger {
///     /// Applies a change with an ID, which is made once however often it arrives.
///     #[handler]
///     fn apply(&self, #[src] from: NodeId, number: u64, delta: i64) {
///         if self.seen.borrow_mut().insert((from, number)) {
///             self.total.set(self.total.get() + delta);
///         }
///     }
///
///     #[handler]
///     fn add(&self, delta: i64) {
///         self.total.set(self.total.get() + delta);
///         self.made.set(self.made.get() + 1);
///         for peer in &self.peers {
///             peer.apply(self.made.get(), delta).retry().detach();
///         }
///     }
/// }
/// ```
#[must_use = "nothing is sent before a call is awaited or detached"]
pub struct Retry<A, R>(Call<A, R>);

impl<A, R> Retry<A, R>
where
    A: Arguments + 'static,
    R: Returns + 'static,
{
    /// Repeats the call in the background until a reply arrives, and ignores its result.
    pub fn detach(self) -> Task {
        spawn_guarded(Activity::Call(self.0.msg_type), async move {
            let _ = self.0.run_at_least_once().await;
        })
    }
}

impl<A: Arguments, R: Returns> Retry<A, R> {
    /// Returns the first reply or definite error, even if other attempts may have taken effect: for
    /// requests that change nothing, or whose caller handles that case.
    pub(crate) async fn first_reply(self) -> Result<R::Output> {
        self.0.run_until_answered(&Cell::new(0)).await
    }
}

impl<A, R> IntoFuture for Retry<A, R>
where
    A: Arguments + 'static,
    R: Returns + 'static,
{
    type Output = Result<R::Output>;
    type IntoFuture = LocalFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.0.run_at_least_once().await })
    }
}

/// A message to a `oneway` handler.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Rumours {
///     peers: Peers<Rumours>,
///     known: RefCell<BTreeSet<String>>,
/// }
///
/// #[handlers]
/// impl Rumours {
///     #[handler(oneway)]
///     fn receive(&self, rumour: String) {
///         self.known.borrow_mut().insert(rumour);
///     }
///
///     #[handler]
///     fn spread(&self, rumour: String) {
///         for peer in &self.peers {
///             peer.receive(rumour.clone()).send();
///         }
///     }
/// }
/// ```
#[must_use = "nothing is sent before `.send()`"]
pub struct OneWay<A>(Call<A, Empty>);

impl<A> OneWay<A> {
    pub(crate) fn new(call: Call<A, Empty>) -> Self {
        Self(call)
    }
}

impl<A: Arguments> OneWay<A> {
    /// Sends the message once.
    ///
    /// If an argument can't be serialized, nothing is sent, and a warning is logged.
    pub fn send(self) {
        self.0.send();
    }
}
