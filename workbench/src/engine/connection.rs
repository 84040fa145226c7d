//! A client's connection to one node: requests, one at a time, and their replies.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use mael::time::{self, Duration, Instant};
use mael::wire::{Body, BodyWriter, Encode, Message, MsgId, SharedBody};
use mael::{ErrorCode, NodeId};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::Value;

use super::network::{Endpoint, Network};
use super::rpc::{Rpc, read_reply};

/// How long clients wait for a reply.
pub const RPC_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request brought no reply that can be used.
#[derive(Clone, Debug, PartialEq)]
pub enum RpcError {
    /// Nothing came in time.
    Timeout,
    /// The node answered with an error.
    Error(mael::Error),
    /// The node answered with something that is not the reply of this request.
    Malformed {
        /// What is wrong with it.
        reason: String,
        /// The answer.
        body: String,
    },
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no reply in time"),
            Self::Error(error) => write!(f, "{error}"),
            Self::Malformed { reason, .. } => write!(f, "malformed reply: {reason}"),
        }
    }
}

/// Messages to clients that no client was waiting for. They change no verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unawaited {
    /// Further replies to a request that had been answered.
    pub duplicate: u64,
    /// Replies that came after the client had given up.
    pub late: u64,
    /// Messages that answer nothing this client had asked.
    pub unasked: u64,
}

/// A client on the network that talks to one node. It leaves the network when it is dropped.
pub struct Connection {
    name: NodeId,
    node: NodeId,
    network: Rc<Network>,
    inbox: Rc<Inbox>,
    notes: Vec<(&'static str, Value)>,
}

struct Inbox {
    awaited: RefCell<Option<(i64, oneshot::Sender<SharedBody>)>>,
    /// Requests that were given up.
    given_up: RefCell<BTreeSet<MsgId>>,
    /// The newest request; all before it were answered or given up.
    last: Cell<i64>,
    unawaited: Rc<Cell<Unawaited>>,
}

impl Endpoint for Inbox {
    fn deliver(&self, _: Instant, _: u64, message: &Message) {
        let header = message.body.as_body().header().ok();
        let reply_to = header.and_then(|header| header.in_reply_to);
        let awaited = self.awaited.take();
        match (awaited, reply_to) {
            (Some((id, waiting)), Some(reply_to)) if MsgId::from(id) == reply_to => {
                // A client that has just given up has dropped its end.
                let _ = waiting.send(message.body.clone());
            }
            (awaited, reply_to) => {
                self.awaited.replace(awaited);
                let asked = MsgId::from(1)..=MsgId::from(self.last.get());
                let mut unawaited = self.unawaited.get();
                match reply_to {
                    Some(id) if self.given_up.borrow().contains(&id) => unawaited.late += 1,
                    Some(id) if asked.contains(&id) => unawaited.duplicate += 1,
                    _ => unawaited.unasked += 1,
                }
                self.unawaited.set(unawaited);
            }
        }
    }
}

impl Connection {
    /// Opens a connection of a new client.
    pub(crate) fn open(
        network: &Rc<Network>,
        node: &NodeId,
        unawaited: &Rc<Cell<Unawaited>>,
    ) -> Self {
        let name = network.next_client();
        let inbox = Rc::new(Inbox {
            awaited: RefCell::default(),
            given_up: RefCell::default(),
            last: Cell::new(0),
            unawaited: Rc::clone(unawaited),
        });
        network.register(name.clone(), Rc::clone(&inbox) as Rc<dyn Endpoint>);
        Self {
            name,
            node: node.clone(),
            network: Rc::clone(network),
            inbox,
            notes: Vec::new(),
        }
    }

    /// Records an entry beside the value in the completion of the operation that is under way, for
    /// what came back that is no part of its value.
    pub fn note(&mut self, key: &'static str, value: impl Into<Value>) {
        self.notes.push((key, value.into()));
    }

    /// The entries that were noted since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<(&'static str, Value)> {
        std::mem::take(&mut self.notes)
    }

    /// The node at the other end.
    pub fn node(&self) -> &NodeId {
        &self.node
    }

    /// The id of the last request, which its reply repeats; 0 before the first.
    pub fn last_msg_id(&self) -> i64 {
        self.inbox.last.get()
    }

    /// Asks the node, and waits up to [`RPC_TIMEOUT`] for the reply.
    ///
    /// # Errors
    /// No reply, an error reply, or one that is malformed. After a timeout the request may still
    /// take effect.
    pub async fn rpc<R: Rpc>(&mut self, request: &R) -> Result<R::Reply, RpcError> {
        self.rpc_within(request, RPC_TIMEOUT).await
    }

    /// Asks the node, and waits up to `limit` for the reply.
    ///
    /// # Errors
    /// As [`rpc`](Self::rpc).
    pub async fn rpc_within<R: Rpc>(
        &mut self,
        request: &R,
        limit: Duration,
    ) -> Result<R::Reply, RpcError> {
        let body = self.ask(request, limit).await?;
        let malformed = |reason| RpcError::Malformed {
            reason,
            body: body.get().to_owned(),
        };
        let header = body.as_body().header();
        let header = header.map_err(|error| malformed(error.text))?;
        match header.kind.as_deref() {
            Some("error") => Err(RpcError::Error(read_error(body.as_body()))),
            kind => read_reply::<R>(body.as_body(), kind).map_err(malformed),
        }
    }

    /// Sends a request and waits for the body of its reply, whatever that is.
    pub(crate) async fn ask(
        &mut self,
        request: &impl Encode,
        limit: Duration,
    ) -> Result<SharedBody, RpcError> {
        let id = self.inbox.last.get() + 1;
        self.inbox.last.set(id);
        let mut body = Vec::new();
        let malformed = |reason: String| RpcError::Malformed {
            reason,
            body: String::new(),
        };
        request
            .encode(BodyWriter::new(&mut body).msg_id(id))
            .map_err(|error| malformed(error.text))?;
        let body = String::from_utf8(body).map_err(|error| malformed(error.to_string()))?;
        let body = RawValue::from_string(body).map_err(|error| malformed(error.to_string()))?;
        let (waiting, reply) = oneshot::channel();
        self.inbox.awaited.replace(Some((id, waiting)));
        let sent = self.network.send(Message {
            src: self.name.clone(),
            dest: self.node.clone(),
            body: body.into(),
        });
        sent.map_err(malformed)?;
        match time::timeout(limit, reply).await {
            Ok(Ok(body)) => Ok(body),
            _ => {
                self.inbox.awaited.take();
                self.inbox.given_up.borrow_mut().insert(MsgId::from(id));
                Err(RpcError::Timeout)
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.network.close_client(&self.name);
    }
}

/// The error that a node sent. A code that is no integer is an unknown one, and indefinite.
fn read_error(body: Body<'_>) -> mael::Error {
    let fields = body.fields(["code", "text"]);
    let (code, text): (Option<&RawValue>, Option<&RawValue>) = fields.unwrap_or_default();
    let code = code.and_then(|code| code.get().parse().ok()).unwrap_or(-1);
    let text: Option<String> = text.and_then(|text| serde_json::from_str(text.get()).ok());
    mael::Error::new(ErrorCode::from_number(code), text.unwrap_or_default())
}
