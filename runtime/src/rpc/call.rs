//! Calls to other nodes: what is asked, how long to wait, how often to ask again.

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

/// The longest pause between two attempts of a call that is retried.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The longest first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// A call that is about to be made. Nothing is sent before it is awaited, sent or detached.
///
/// - `call.await` sends the request once, and waits for the reply up to the node's RPC timeout
///   (1 s unless set otherwise).
/// - `call.timeout(limit).await` waits up to `limit`.
/// - `call.retry().await` sends it again until a reply comes: see [`Retry`].
/// - `call.send()` sends it once, and wants no reply.
/// - `call.detach()` makes the call beside everything else, and forgets its result.
///
/// A reply after the timeout is dropped. Dropping the future of a call forgets it; the request
/// may have taken effect.
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
///     /// The newest version of all nodes that answer within 300 ms, told to all others.
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
    /// A call to anyone. `body` is a value whose JSON is an object, the fields of the request, or
    /// `()` for none; the reply is read from the whole body of the answer, of which `type`,
    /// `msg_id` and `in_reply_to` are no part unless it is read as a struct with fields of these
    /// names.
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

    /// Waits for the reply up to `limit`, for each attempt.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Repeats the call until it is answered.
    pub fn retry(self) -> Retry<A, R> {
        Retry(self)
    }
}

impl<A: Arguments, R> Call<A, R> {
    /// Sends the request once. No reply is wanted, and none is sent.
    ///
    /// An argument that has no form in JSON is reported to the operator; nothing is then sent.
    pub fn send(self) {
        let sent = self
            .net
            .send_request(&self.dest, self.msg_type, None, &self.arguments);
        if let Err(error) = sent {
            logger::warn(format_args!(
                "`{}` to {} was not sent: {error}",
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
            "{dest} did not answer `{msg_type}` within {timeout:?}"
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
                let late = self.timed_out();
                logger::debug(format_args!("{late}"));
                Err(late)
            }
        }
    }

    /// Repeats the request until it is answered. `unresolved` is how many attempts may have taken
    /// effect: all that were sent, but for those whose answer says that they did not.
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

    /// Repeats the request until it is answered. The error of one attempt is that of the call
    /// only if no other attempt may have taken effect.
    async fn run_at_least_once(&self) -> Result<R::Output> {
        let unresolved = Cell::new(0);
        let result = self.run_until_answered(&unresolved).await;
        result.map_err(
            |error| match error.code.is_definite() && unresolved.get() > 0 {
                true => Error::crash(format!(
                    "an earlier attempt may have taken effect; then {error}"
                )),
                false => error,
            },
        )
    }

    fn log_retry(&self, error: &Error) {
        logger::debug(format_args!(
            "`{}` to {} is sent again: {error}",
            self.msg_type, self.dest
        ));
    }
}

/// Whether an error says nothing about the next attempt. (That the input has ended does.)
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
    /// Makes the call beside everything else, and forgets its result. It ends with the node.
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

/// A call that is repeated until it is answered, as often as it takes.
///
/// Each attempt waits for the call's timeout and a pause that grows, with jitter, up to 1 s. A
/// reply to any attempt completes the call, so that it also ends where a round trip takes longer
/// than the timeout. Errors 0, 11 and 13 are followed by another attempt; any other is the result.
/// It is code 13 instead, with the answer in its text, where the answer says that nothing was done
/// but an attempt that was not answered may have done it.
///
/// So the request arrives *at least once*: the receiver must tolerate to be asked the same thing
/// again, even after it has answered.
///
/// Awaiting it ends when the handler's deadline does; `.detach()` goes on beside everything else
/// for as long as the node lives.
///
/// What can be asked again is a state (`raise(to)`, which takes the larger value), the insertion
/// into a set, or a request with an id that the receiver remembers. What can't is a change
/// (`add(delta)`): it would be made twice.
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
///     /// A change with an id, which is made once however often it arrives.
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
    /// Repeats the call beside everything else until it is answered, and forgets its result.
    pub fn detach(self) -> Task {
        spawn_guarded(Activity::Call(self.0.msg_type), async move {
            let _ = self.0.run_at_least_once().await;
        })
    }
}

impl<A: Arguments, R: Returns> Retry<A, R> {
    /// The first answer that settles the call, whatever other attempts may have done: for a
    /// request that changes nothing, or whose caller knows what its own earlier attempts do.
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

/// A message to a handler that never answers.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Gossip {
///     peers: Peers<Gossip>,
///     heard: RefCell<BTreeSet<String>>,
/// }
///
/// #[handlers]
/// impl Gossip {
///     #[handler(oneway)]
///     fn hear(&self, rumour: String) {
///         self.heard.borrow_mut().insert(rumour);
///     }
///
///     #[handler]
///     fn tell(&self, rumour: String) {
///         for peer in &self.peers {
///             peer.hear(rumour.clone()).send();
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
    /// An argument that has no form in JSON is reported to the operator; nothing is then sent.
    pub fn send(self) {
        self.0.send();
    }
}
