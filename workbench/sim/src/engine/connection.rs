//! A client's connection to one node, which sends one request at a time.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use mael::protocol::{Body, BodyWriter, Encode, Message, MsgId, SharedBody};
use mael::time::{self, Duration, Instant};
use mael::{ErrorCode, NodeId};
use mael_history::Value;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::hint::{Hint, Observed};
use super::network::{Endpoint, Network};
use super::rpc::Rpc;

/// How long clients wait for a reply.
pub const RPC_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request got no usable reply.
#[derive(Clone, Debug, PartialEq)]
pub enum RpcError {
    /// No reply arrived in time.
    Timeout,
    /// The node answered with an error.
    Error(mael::Error),
    /// The node replied with a message that is not a valid reply to the request.
    Malformed {
        /// Why the reply is malformed.
        reason: String,
        /// The body of the reply.
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

/// Counts messages that no client was waiting for. They do not affect verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnexpectedReplies {
    /// Further replies to a request that already had one.
    pub duplicate: u64,
    /// Replies that arrived after the client had given up.
    pub late: u64,
    /// Messages whose `in_reply_to` does not match any request of the client.
    pub unsolicited: u64,
}

/// A client on the network that sends requests to one node. It leaves the network when it is
/// dropped.
pub struct Connection {
    name: NodeId,
    node: NodeId,
    network: Rc<Network>,
    inbox: Rc<Inbox>,
    notes: Vec<(&'static str, Value)>,
    last_types: Option<(&'static str, &'static str)>,
}

struct Inbox {
    awaited: RefCell<Option<(i64, oneshot::Sender<SharedBody>)>>,
    /// Requests that timed out.
    given_up: RefCell<BTreeSet<MsgId>>,
    /// The newest request. All earlier ones were answered or timed out.
    last: Cell<i64>,
    unexpected_replies: Rc<Cell<UnexpectedReplies>>,
    observed: Rc<Observed>,
}

impl Endpoint for Inbox {
    fn deliver(&self, _: Instant, _: u64, message: &Message) {
        let header = ReplyHeader::of(message.body.as_body());
        if header.in_reply_to.is_none() {
            let hint = if header.is_reply {
                Hint::InReplyToNoInteger
            } else {
                Hint::NoInReplyTo
            };
            self.observed
                .note(&message.src, hint, message.body.get(), "");
            return;
        }
        let awaited = self.awaited.take();
        match (awaited, header.in_reply_to) {
            (Some((id, waiting)), Some(reply_to)) if MsgId::from(id) == reply_to => {
                // The receiver is gone if the client has just timed out.
                let _ = waiting.send(message.body.clone());
            }
            (awaited, reply_to) => {
                self.awaited.replace(awaited);
                let asked = MsgId::from(1)..=MsgId::from(self.last.get());
                let mut unexpected_replies = self.unexpected_replies.get();
                match reply_to {
                    Some(id) if self.given_up.borrow().contains(&id) => {
                        unexpected_replies.late += 1;
                    }
                    Some(id) if asked.contains(&id) => unexpected_replies.duplicate += 1,
                    _ => unexpected_replies.unsolicited += 1,
                }
                self.unexpected_replies.set(unexpected_replies);
            }
        }
    }
}

impl Connection {
    /// Connects a new client to a node.
    pub(crate) fn open(
        network: &Rc<Network>,
        node: &NodeId,
        unexpected_replies: &Rc<Cell<UnexpectedReplies>>,
    ) -> Self {
        let name = network.next_client();
        let inbox = Rc::new(Inbox {
            awaited: RefCell::default(),
            given_up: RefCell::default(),
            last: Cell::new(0),
            unexpected_replies: Rc::clone(unexpected_replies),
            observed: Rc::clone(network.observed()),
        });
        network.register(name.clone(), Rc::clone(&inbox) as Rc<dyn Endpoint>);
        Self {
            name,
            node: node.clone(),
            network: Rc::clone(network),
            inbox,
            notes: Vec::new(),
            last_types: None,
        }
    }

    /// Adds an entry to the completion of the current operation, for parts of a reply that are not
    /// part of the operation's value.
    pub fn note(&mut self, key: &'static str, value: impl Into<Value>) {
        self.notes.push((key, value.into()));
    }

    /// Takes the entries that were added since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<(&'static str, Value)> {
        std::mem::take(&mut self.notes)
    }

    /// Returns the node that the client sends requests to.
    pub fn node(&self) -> &NodeId {
        &self.node
    }

    /// Returns the message types of the last request and of its reply.
    pub(super) fn last_types(&self) -> Option<(&'static str, &'static str)> {
        self.last_types
    }

    /// Returns the id of the last request, which its reply repeats, or 0 if there was none.
    pub fn last_msg_id(&self) -> i64 {
        self.inbox.last.get()
    }

    /// Sends a request to the node, and waits up to [`RPC_TIMEOUT`] for the reply.
    ///
    /// # Errors
    /// Returns an error if there is no reply, or the reply is an error or malformed. After a
    /// timeout, the request may still take effect.
    pub async fn rpc<R: Rpc>(&mut self, request: &R) -> Result<R::Reply, RpcError> {
        self.rpc_within(request, RPC_TIMEOUT).await
    }

    /// Sends a request to the node, and waits up to `limit` for the reply.
    ///
    /// # Errors
    /// Same as [`rpc`](Self::rpc).
    pub async fn rpc_within<R: Rpc>(
        &mut self,
        request: &R,
        limit: Duration,
    ) -> Result<R::Reply, RpcError> {
        let read = |body: Body<'_>| R::read_reply(body).map_err(|error| error.text);
        self.call((R::TYPE, R::REPLY_TYPE), request, limit, read)
            .await
    }

    /// Sends a request, and reads its reply with `read`. `types` are the types of the request and
    /// the reply.
    pub(crate) async fn call<T>(
        &mut self,
        types: (&'static str, &'static str),
        request: &impl Encode,
        limit: Duration,
        read: impl FnOnce(Body<'_>) -> Result<T, String>,
    ) -> Result<T, RpcError> {
        self.last_types = Some(types);
        let body = self.ask(request, limit).await?;
        let malformed = |reason| RpcError::Malformed {
            reason,
            body: body.get().to_owned(),
        };
        match ReplyHeader::of(body.as_body()).kind.as_deref() {
            Some("error") => Err(RpcError::Error(read_error(body.as_body()))),
            Some(kind) if kind == types.1 => read(body.as_body()).map_err(malformed),
            Some(kind) => Err(malformed(format!(
                "its type is {kind:?}, not {:?}",
                types.1
            ))),
            None => Err(malformed(format!(
                "it has no type; it should be {:?}",
                types.1
            ))),
        }
    }

    /// Sends a request and returns the body of its reply without validating it.
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

/// The fields that a client reads before the rest of a reply. The reply's own `msg_id` is not among
/// them: it is only validated with the rest.
pub(super) struct ReplyHeader<'a> {
    pub(super) kind: Option<Cow<'a, str>>,
    /// `None` if the field is missing or not an integer.
    in_reply_to: Option<MsgId>,
    is_reply: bool,
}

impl<'a> ReplyHeader<'a> {
    pub(super) fn of(body: Body<'a>) -> Self {
        if let Ok(header) = body.header() {
            return Self {
                is_reply: header.is_reply(),
                kind: header.msg_type,
                in_reply_to: header.in_reply_to,
            };
        }
        let fields = body.fields(["type", "in_reply_to"]);
        let (kind, id): (Option<&RawValue>, Option<&RawValue>) = fields.unwrap_or_default();
        Self {
            kind: kind.and_then(|kind| serde_json::from_str(kind.get()).ok()),
            in_reply_to: id.and_then(|id| MsgId::from_json(id.get())),
            is_reply: id.is_some(),
        }
    }
}

/// Decodes an error that a node sent. A code that is not an integer is treated as unknown and
/// therefore indefinite.
fn read_error(body: Body<'_>) -> mael::Error {
    let fields = body.fields(["code", "text"]);
    let (code, text): (Option<&RawValue>, Option<&RawValue>) = fields.unwrap_or_default();
    let code = code.and_then(|code| code.get().parse().ok()).unwrap_or(-1);
    let text: Option<String> = text.and_then(|text| serde_json::from_str(text.get()).ok());
    mael::Error::new(ErrorCode::from_number(code), text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use mael::executor::{Scope, spawn};

    use super::*;
    use crate::engine::Nowhere;
    use crate::engine::journal::Journal;
    use crate::simulation::clock::{Clock, VirtualTime};
    use crate::{Options, rpc};
    use mael_history::Value;

    rpc! {
        /// Requests its own text.
        struct EchoRequest = "echo" { echo: String } => EchoReply = "echo_ok" { echo: Value }
    }

    /// A node that answers every request with the same body.
    struct Parrot {
        network: Rc<Network>,
        body: String,
    }

    impl Endpoint for Parrot {
        fn deliver(&self, _: Instant, _: u64, message: &Message) {
            let body = RawValue::from_string(self.body.clone()).unwrap();
            let reply = Message {
                src: message.dest.clone(),
                dest: message.src.clone(),
                body: body.into(),
            };
            self.network.send(reply).unwrap();
        }
    }

    /// Returns the result of a client that receives this body, and the time that the call takes.
    fn echo(body: &str) -> (Result<Value, RpcError>, Duration) {
        let time = Rc::new(VirtualTime::default());
        let scope = Scope::new(Rc::new(Clock::new(&time, fastrand::Rng::with_seed(0))));
        let body = body.to_owned();
        time.block_on(scope.run(async move {
            let options = Options::default();
            let journal = Journal::new(Rc::new(Nowhere), &options);
            let network = Network::new(&options, None, journal);
            let deliveries = Rc::clone(&network);
            spawn(async move { deliveries.run().await });
            let node = NodeId::from("n1");
            let parrot = Parrot {
                network: Rc::clone(&network),
                body,
            };
            network.register(node.clone(), Rc::new(parrot));
            let mut connection = Connection::open(&network, &node, &Rc::default());
            let begin = time::now();
            let echo = "a".to_owned();
            let reply = connection.rpc(&EchoRequest { echo }).await;
            (reply.map(|reply| reply.echo), time::now() - begin)
        }))
        .unwrap()
    }

    #[test]
    fn a_reply_with_an_invalid_msg_id_is_malformed_without_waiting() {
        for id in [r#""7""#, "7.0", "7e0", "null", "true", "[7]"] {
            let reply = format!(r#"{{"type":"echo_ok","msg_id":{id},"in_reply_to":1,"echo":"a"}}"#);
            let (result, took) = echo(&reply);
            let reason = format!("`msg_id`: expected an integer, not {id}");
            let body = reply.clone();
            assert_eq!(result, Err(RpcError::Malformed { reason, body }));
            assert_eq!(took, Duration::ZERO, "{reply}");
        }
    }

    #[test]
    fn the_msg_id_of_a_reply_may_be_any_integer_or_missing() {
        for id in [
            "",
            r#","msg_id":0"#,
            r#","msg_id":-123456789012345678901234567890"#,
        ] {
            let reply = format!(r#"{{"type":"echo_ok","in_reply_to":1,"echo":"a"{id}}}"#);
            assert_eq!(echo(&reply), (Ok("a".into()), Duration::ZERO));
        }
    }

    #[test]
    fn an_error_may_have_any_msg_id() {
        let (result, took) =
            echo(r#"{"type":"error","msg_id":"7","in_reply_to":1,"code":11,"text":"not yet"}"#);
        let error = mael::Error::new(ErrorCode::TemporarilyUnavailable, "not yet");
        assert_eq!(result, Err(RpcError::Error(error)));
        assert_eq!(took, Duration::ZERO);
    }

    #[test]
    fn a_message_that_is_not_a_reply_to_the_request_times_out() {
        for in_reply_to in ["2", "1.0", r#""1""#, "null"] {
            let reply = format!(r#"{{"type":"echo_ok","in_reply_to":{in_reply_to},"echo":"a"}}"#);
            assert_eq!(echo(&reply), (Err(RpcError::Timeout), RPC_TIMEOUT));
        }
    }
}
