//! The node loop: receives messages, calls handlers and sends replies.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::builtin::{EmptyReply, INIT_OK, gossip, refuse_two_gossips, topology};
use super::deadline::finish;
use super::environment::Environment;
use super::gossip_fields::GOSSIP;
use super::handlers::Handlers;
use super::init::Init;
use super::outbox::{Outbox, Running, crash, log_error};
use super::pre_init::{PreInitQueue, QueuedMessage};
use super::response::Response;
use crate::executor::{Activity, ROUNDS, Scope, guard, logger};
use crate::protocol::{Header, Malformed, MsgId, Name, Packet, excerpt};
use crate::rpc::Net;
use crate::transport::{Input, Transport};
use crate::{Error, NodeId, Nodes, Result};

/// The state of one node: before `init`, while its `#[init]` method runs, and after.
pub(super) struct Session<'a, N> {
    scope: &'a Scope,
    environment: Rc<Environment>,
    outbox: Rc<Outbox>,
    /// The node, once it is built.
    started: Option<Started<N>>,
    /// The `init` request, until it is answered.
    pending_init: Option<PendingInit>,
    /// Messages that have arrived before `init` is answered.
    queue: PreInitQueue,
}

struct Started<N> {
    node: Rc<N>,
    init: Init,
}

/// An `init` request that is answered when the node's `#[init]` method returns.
struct PendingInit {
    request: Origin,
    /// Set when the method returns.
    result: Rc<RefCell<Option<Result<()>>>>,
}

/// The sender of a request, and its id if it expects a reply.
struct Origin {
    src: NodeId,
    msg_id: Option<MsgId>,
}

impl<'a, N: Handlers> Session<'a, N> {
    pub(super) fn new(
        scope: &'a Scope,
        environment: Rc<Environment>,
        transport: Rc<dyn Transport>,
    ) -> Self {
        Self {
            scope,
            environment,
            outbox: Rc::new(Outbox::new(transport)),
            started: None,
            pending_init: None,
            queue: PreInitQueue::default(),
        }
    }

    /// Receives messages, polls the tasks that were woken, and flushes the output before it waits.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, open: &mut bool) -> Poll<io::Result<()>> {
        let transport = Rc::clone(&self.outbox.transport);
        self.scope.suppress_wakes();
        for _ in 0..ROUNDS {
            let mut more = false;
            if *open {
                let input = transport.poll_receive(cx, &mut |arrival| match arrival {
                    Ok(packet) => self.receive(&packet),
                    Err(malformed) => self.receive_malformed(malformed),
                });
                match input {
                    Poll::Ready(Ok(Input::Open)) => more = true,
                    Poll::Ready(Ok(Input::Closed)) => {
                        *open = false;
                        self.close();
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {}
                }
            }
            more |= self.scope.poll_tasks(cx);
            more |= self.finish_init();
            if !*open && self.outbox.running.get() == 0 {
                return Poll::Ready(transport.flush());
            }
            if !more {
                return wait(&*transport);
            }
        }
        cx.waker().wake_by_ref();
        wait(&*transport)
    }

    /// Fails all pending calls, since no reply can arrive after the end of the input.
    fn close(&self) {
        if let Some(started) = &self.started {
            started.init.net().close();
        }
    }

    /// Drops the node, and warns if there are messages that were never handled.
    pub(super) fn end(self) {
        // A panic has been logged already.
        let _ = guard(Activity::Drop, || drop(self.started));
        let unhandled = self.queue.messages.len() + self.queue.dropped;
        if unhandled > 0 {
            logger::warn(format_args!(
                "the input ended before `init` was answered: {unhandled} messages were not handled"
            ));
        }
    }

    /// Handles one message. A message with an `in_reply_to` is a reply, whatever its type.
    fn receive(&mut self, packet: &Packet<'_>) {
        if !self.scope.step() {
            return;
        }
        let header = match packet.body.header() {
            Ok(header) => header,
            Err(error) => return logger::warn(format_args!("skipped a message: {}", error.text)),
        };
        if header.is_reply() {
            if let (Some(started), Some(id)) = (&self.started, header.in_reply_to) {
                started.init.net().receive(&id, packet.body);
            }
            return;
        }
        let is_init = header.msg_type.as_deref() == Some("init");
        match &self.started {
            None if is_init => self.init(packet, header),
            Some(started) if self.pending_init.is_none() && is_init => {
                self.init_again(&started.init, packet, header);
            }
            Some(started) if self.pending_init.is_none() => self.handle(started, packet, header),
            _ => self
                .queue
                .push(QueuedMessage::WellFormed(packet.to_message())),
        }
    }

    fn receive_malformed(&mut self, malformed: Malformed) {
        logger::warn(format_args!(
            "skipped a malformed line: {}",
            malformed.reason
        ));
        if let Some((src, msg_id)) = malformed.request {
            self.refuse(src, msg_id, Error::malformed_request(malformed.reason));
        }
    }

    /// Sends an error to the sender of a malformed request.
    fn refuse(&mut self, src: NodeId, msg_id: MsgId, error: Error) {
        match &self.started {
            Some(started) if self.pending_init.is_none() => {
                let (me, result) = (&started.init.node_id, Err::<N::Reply, _>(error));
                self.outbox
                    .respond("message", me, &Name::Id(&src), Some(msg_id), result);
            }
            _ => self
                .queue
                .push(QueuedMessage::Malformed(src, msg_id, error)),
        }
    }

    /// Builds the node and calls its `#[init]` method. If that fails, the node has no ID yet: the
    /// error is sent from the name that the request was addressed to or, if that is empty, once a
    /// later `init` has succeeded.
    fn init(&mut self, packet: &Packet<'_>, header: Header<'_>) {
        let built = read_ids(packet).and_then(|(node_id, node_ids)| {
            let transport = Rc::clone(&self.outbox.transport);
            let net = Net::new(node_id.clone(), transport, N::RPC_TIMEOUT);
            let init = Init::new(node_id, node_ids, net, Rc::clone(&self.environment));
            let node = Rc::new(guard(Activity::Init, || N::from_init(&init)).map_err(crash)??);
            refuse_two_gossips::<N>(&init)?;
            let response = guard(Activity::Init, || node.on_init()).map_err(crash)?;
            Ok((Started { node, init }, response))
        });
        let (started, response, result) = match (built, header.msg_id) {
            (Ok((started, response)), msg_id) => {
                let request = Origin {
                    src: NodeId::from(&packet.src),
                    msg_id,
                };
                let result = Rc::default();
                self.pending_init = Some(PendingInit {
                    request,
                    result: Rc::clone(&result),
                });
                (started, response, result)
            }
            (Err(error), Some(msg_id)) if packet.dest.is_empty() => {
                let src = NodeId::from(&packet.src);
                return self
                    .queue
                    .push(QueuedMessage::Malformed(src, msg_id, error));
            }
            (Err(error), msg_id) => {
                let (me, result) = (NodeId::from(&packet.dest), Err::<EmptyReply, _>(error));
                return self
                    .outbox
                    .respond("init", &me, &packet.src, msg_id, result);
            }
        };
        self.started = Some(started);
        match response {
            Response::Ready(returned) | Response::NoReply(returned) => {
                result.replace(Some(returned));
            }
            Response::Deferred(deferred) => {
                let running = Running::new(&self.outbox);
                self.scope.poll_or_spawn(Box::pin(async move {
                    let returned = finish(Activity::Init, "init", deferred, N::DEADLINE).await;
                    result.replace(Some(returned.unwrap_or_else(|no_reply| no_reply)));
                    drop(running);
                }));
            }
        }
        self.finish_init();
    }

    /// If the `#[init]` method has returned, answers `init`, handles the queued messages and
    /// returns true.
    fn finish_init(&mut self) -> bool {
        let Some(result) = self
            .pending_init
            .as_ref()
            .and_then(|pending| pending.result.take())
        else {
            return false;
        };
        let (Some(PendingInit { request, .. }), Some(started)) =
            (self.pending_init.take(), &self.started)
        else {
            return false;
        };
        let (me, failed) = (started.init.node_id.clone(), result.is_err());
        let result = result.map(|()| INIT_OK);
        self.outbox
            .respond("init", &me, &Name::Id(&request.src), request.msg_id, result);
        if failed {
            self.started = None;
            return true;
        }
        // A panic has been logged, and `init` has been answered.
        let _ = guard(Activity::Init, || started.node.start());
        started.init.gossip_fields().start();
        let queue = std::mem::take(&mut self.queue);
        queue.warn_of_dropped();
        for queued in queue.messages {
            match queued {
                QueuedMessage::WellFormed(message) => self.receive(&message.as_packet()),
                QueuedMessage::Malformed(src, msg_id, error) => self.refuse(src, msg_id, error),
            }
        }
        true
    }

    /// Answers an `init` that is not the first, which must have the same fields.
    fn init_again(&self, first: &Init, packet: &Packet<'_>, header: Header<'_>) {
        let result = read_ids(packet).and_then(|(node_id, node_ids)| {
            let field = if first.node_id != node_id {
                "node_id"
            } else if first.node_ids != node_ids {
                "node_ids"
            } else {
                return Ok(INIT_OK);
            };
            let text = format!("`{field}` differs from that of the first `init`");
            Err(Error::malformed_request(text))
        });
        self.outbox
            .respond("init", &first.node_id, &packet.src, header.msg_id, result);
    }

    /// Calls the handler of a request, and replies at once if the handler has returned.
    fn handle(&self, started: &Started<N>, packet: &Packet<'_>, header: Header<'_>) {
        let Started { node, init } = started;
        let (me, src, msg_id) = (&init.node_id, &packet.src, header.msg_id.clone());
        let msg_type = header.msg_type.as_deref().unwrap_or_default();
        let activity = Activity::Handler(msg_type);
        let handled = guard(activity, || {
            let request = N::decode(msg_type, packet.body)?;
            Some(request.map(|request| N::handle(node, src, request)))
        });
        let response = match handled {
            Ok(Some(response)) => response,
            Err(panic) => Err(crash(panic)),
            Ok(None) if msg_type == "topology" => {
                let result = topology(init, packet);
                return self.outbox.respond(msg_type, me, src, msg_id, result);
            }
            Ok(None) if msg_type == GOSSIP && !init.gossip_fields().is_empty() => {
                let merged = guard(activity, || gossip(init, packet));
                let result = merged.map_err(crash).flatten();
                return self.outbox.respond(msg_type, me, src, msg_id, result);
            }
            Ok(None) => Err(unknown_type::<N>(&header)),
        };
        match response {
            Ok(Response::Ready(result)) => self.outbox.respond(msg_type, me, src, msg_id, result),
            Ok(Response::NoReply(result)) => log_error(msg_type, src, &result),
            Err(error) if N::ONEWAY.contains(&msg_type) => {
                log_error(msg_type, src, &Err::<(), _>(error));
            }
            Err(error) => {
                self.outbox
                    .respond(msg_type, me, src, msg_id, Err::<N::Reply, _>(error));
            }
            Ok(Response::Deferred(deferred)) => {
                let running = Running::new(&self.outbox);
                let (me, src, msg_type) = (me.clone(), NodeId::from(src), msg_type.to_owned());
                self.scope.poll_or_spawn(Box::pin(async move {
                    let to = Name::Id(&src);
                    match finish(
                        Activity::Handler(&msg_type),
                        &msg_type,
                        deferred,
                        N::DEADLINE,
                    )
                    .await
                    {
                        Ok(result) => running.0.respond(&msg_type, &me, &to, msg_id, result),
                        Err(no_reply) => log_error(&msg_type, &src, &no_reply),
                    }
                }));
            }
        }
    }
}

/// Reads the fields of an `init` request.
fn read_ids(packet: &Packet<'_>) -> Result<(NodeId, Nodes)> {
    let fields = packet.body.fields(["node_id", "node_ids"])?;
    let (node_id, node_ids): (NodeId, Vec<NodeId>) = fields;
    if node_id.is_empty() {
        return Err(Error::malformed_request("`node_id` must not be empty"));
    }
    Ok((node_id, node_ids.into()))
}

fn unknown_type<N: Handlers>(header: &Header<'_>) -> Error {
    match &header.msg_type {
        Some(msg_type) => Error::not_supported(format!(
            "unknown `type` {:?}: this node handles {}",
            excerpt(msg_type),
            N::TYPES.join(", ")
        )),
        None => Error::malformed_request("`type` is missing or not a string"),
    }
}

/// Flushes the output, and is pending.
fn wait(transport: &dyn Transport) -> Poll<io::Result<()>> {
    match transport.flush() {
        Ok(()) => Poll::Pending,
        Err(error) => Poll::Ready(Err(error)),
    }
}
