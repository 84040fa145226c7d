//! Sends messages, and matches replies to requests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::arguments::{Arguments, Whole};
use crate::protocol::{Body, BodyWriter, Encode, MsgId, Name, SharedBody};
use crate::time::{self, Elapsed};
use crate::transport::Transport;
use crate::{Error, ErrorCode, NodeId, Result, random};

/// The default timeout of calls. It is long enough for a round trip at a latency of 500 ms.
pub const DEFAULT_RPC_TIMEOUT: Duration = Duration::from_secs(1);

/// A handle for sending messages to any node, service or client.
///
/// A field of this type is set when the node starts. For typed calls to nodes of the same type, use
/// [`Peers`](crate::Peers). Clones share the same state.
///
/// ```
/// use mael::Net;
/// use mael::prelude::*;
///
/// #[node]
/// struct Proxy {
///     net: Net,
/// }
///
/// #[handlers]
/// impl Proxy {
///     /// Returns a timestamp of the service `lin-tso`.
///     #[handler(type = "timestamp", reply = "ts")]
///     async fn timestamp(&self) -> mael::Result<u64> {
///         let reply: BTreeMap<String, u64> = self.net.rpc("lin-tso", "ts", ()).await?;
///         Ok(reply["ts"])
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Net(Rc<Messenger>);

struct Messenger {
    me: NodeId,
    transport: Rc<dyn Transport>,
    timeout: Duration,
    /// The ID of the last request. The first ID is random, so that a late reply to a request from
    /// before a restart is not taken for a reply to a new request.
    last_id: Cell<Option<i64>>,
    /// The pending requests by ID.
    pending: RefCell<BTreeMap<i64, Rc<Slot>>>,
    /// Whether the input has ended, so that no reply can arrive any more.
    closed: Cell<bool>,
}

/// Where the reply to a request is stored for its caller.
#[derive(Default)]
struct Slot {
    reply: RefCell<Option<Result<SharedBody>>>,
    waker: RefCell<Option<Waker>>,
}

impl Slot {
    fn fill(&self, reply: Result<SharedBody>) {
        self.reply.replace(Some(reply));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Net {
    pub(crate) fn new(me: NodeId, transport: Rc<dyn Transport>, timeout: Duration) -> Self {
        Self(Rc::new(Messenger {
            me,
            transport,
            timeout,
            last_id: Cell::default(),
            pending: RefCell::default(),
            closed: Cell::new(false),
        }))
    }

    /// Sends a message to a node, service or client, without requesting a reply.
    ///
    /// # Errors
    /// Returns error 13 if `body` does not serialize to a JSON object.
    pub fn send<B: Serialize>(
        &self,
        dest: impl Into<NodeId>,
        msg_type: &'static str,
        body: B,
    ) -> Result<()> {
        self.send_request(&dest.into(), msg_type, None, &Whole(body))
    }

    /// Returns the number of pending requests. Dropped calls are not counted.
    pub fn pending(&self) -> usize {
        self.0.pending.borrow().len()
    }

    /// Whether the input has ended, so that no reply can arrive any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.get()
    }

    /// Returns the node's default timeout of calls.
    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    pub(crate) fn send_request(
        &self,
        dest: &NodeId,
        msg_type: &'static str,
        msg_id: Option<i64>,
        arguments: &dyn Arguments,
    ) -> Result<()> {
        let request = Request {
            msg_type,
            msg_id,
            arguments,
        };
        self.0.transport.send(&self.0.me, &Name::Id(dest), &request)
    }

    /// Sends the same message to several nodes. It is serialized only once.
    pub(crate) fn send_to_all(&self, dests: &[NodeId], message: &dyn Encode) -> Result<()> {
        let body = message.share()?;
        let send = |dest| self.0.transport.send(&self.0.me, &Name::Id(dest), &body);
        dests.iter().try_for_each(send)
    }

    /// Creates a waiter for the reply to any of several attempts.
    pub(crate) fn wait(&self) -> Waiting {
        Waiting {
            net: self.clone(),
            slot: Rc::default(),
            last: None,
            earlier: Vec::new(),
        }
    }

    /// Handles a reply. Replies without a pending request are ignored.
    pub(crate) fn receive(&self, in_reply_to: &MsgId, body: Body<'_>) {
        let id = in_reply_to.as_i64();
        let waiting = id.and_then(|id| self.0.pending.borrow_mut().remove(&id));
        if let Some(slot) = waiting {
            slot.fill(Ok(body.to_shared()));
        }
    }

    /// Fails all pending requests, because the input has ended.
    pub(crate) fn close(&self) {
        self.0.closed.set(true);
        let waiting = self.0.pending.take();
        for slot in waiting.into_values() {
            slot.fill(Err(input_ended()));
        }
    }
}

/// Returns a random number below 2^31. This is small enough for languages that parse numbers as
/// floating point, and large enough that the IDs of two runs of a node rarely overlap.
fn random_id() -> i64 {
    (random::u64() >> 33) as i64
}

fn input_ended() -> Error {
    Error::timeout("the node's input has ended, so no reply can arrive")
}

/// Waits for the reply to any of several attempts of one request. Dropping it cancels them.
pub(crate) struct Waiting {
    net: Net,
    slot: Rc<Slot>,
    /// The ID of the last attempt.
    last: Option<i64>,
    /// The IDs of earlier attempts.
    earlier: Vec<i64>,
}

impl Waiting {
    /// Sends the request once more, with a new ID.
    pub(crate) fn attempt(
        &mut self,
        dest: &NodeId,
        msg_type: &'static str,
        arguments: &dyn Arguments,
    ) -> Result<()> {
        let messenger = &self.net.0;
        if messenger.closed.get() {
            return Err(input_ended());
        }
        let id = 1 + messenger.last_id.get().unwrap_or_else(random_id);
        messenger.last_id.set(Some(id));
        self.net.send_request(dest, msg_type, Some(id), arguments)?;
        let slot = Rc::clone(&self.slot);
        messenger.pending.borrow_mut().insert(id, slot);
        self.earlier.extend(self.last.replace(id));
        Ok(())
    }

    /// Waits for the first reply, and returns its body. An `error` body is returned as an error.
    ///
    /// # Errors
    /// [`Elapsed`] if no reply arrives within the limit.
    pub(crate) async fn reply(&self, limit: Duration) -> Result<Result<SharedBody>, Elapsed> {
        let mut timer = None;
        let body = poll_fn(|cx| match self.slot.reply.take() {
            Some(reply) => Poll::Ready(Ok(reply)),
            None => {
                self.slot.waker.replace(Some(cx.waker().clone()));
                let timer = timer.get_or_insert_with(|| time::sleep(limit));
                Pin::new(timer).poll(cx).map(|()| Err(Elapsed))
            }
        });
        let body = body.await?;
        Ok(body.and_then(|body| match read_error(body.as_body()) {
            Some(error) => Err(error),
            None => Ok(body),
        }))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut pending = self.net.0.pending.borrow_mut();
        for id in self.earlier.iter().chain(&self.last) {
            pending.remove(id);
        }
    }
}

/// Returns the error in a body, if it is an `error` body.
fn read_error(body: Body<'_>) -> Option<Error> {
    if body
        .known_msg_type()
        .is_some_and(|msg_type| msg_type != "error")
    {
        return None;
    }
    type ErrorFields<'a> = (
        Option<&'a RawValue>,
        Option<&'a RawValue>,
        Option<&'a RawValue>,
    );
    let fields: Result<ErrorFields<'_>> = body.fields(["type", "code", "text"]);
    let (msg_type, code, text) = match fields {
        Ok(fields) => fields,
        Err(error) => {
            let text = format!("the reply can't be read: {}", error.text);
            return Some(Error::crash(text));
        }
    };
    if msg_type?.get() != r#""error""# {
        return None;
    }
    let code = code.and_then(|code| code.get().parse().ok());
    let text: Option<String> = text.and_then(|text| serde_json::from_str(text.get()).ok());
    Some(Error::new(
        // A code that is not an integer is unknown, and so indefinite.
        code.map_or(ErrorCode::Crash, ErrorCode::from_number),
        text.unwrap_or_default(),
    ))
}

/// The body of a request.
struct Request<'a> {
    msg_type: &'static str,
    msg_id: Option<i64>,
    arguments: &'a dyn Arguments,
}

impl Encode for Request<'_> {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        let body = match self.msg_id {
            Some(id) => body.msg_id(id),
            None => body,
        };
        self.arguments.write(body.message(self.msg_type))
    }
}
