//! The node loop: from arriving messages to answers, under the rules of the protocol.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::answer::Answer;
use super::builtin::{Done, INIT_OK, gossip, refuse_two_gossips, topology};
use super::deadline::finish;
use super::early::{Arrival, Early};
use super::handlers::Handlers;
use super::host::Host;
use super::init::Init;
use super::outbox::{Outbox, Running, crash, report};
use super::parts::GOSSIP;
use crate::executor::{Activity, ROUNDS, Scope, guard, logger};
use crate::protocol::{Header, Malformed, MsgId, Name, Packet, excerpt};
use crate::rpc::Net;
use crate::transport::{Input, Transport};
use crate::{Error, NodeId, Nodes, Result};

/// One node's life: before `init`, while it sets itself up, and after.
pub(super) struct Session<'a, N> {
    scope: &'a Scope,
    host: Rc<Host>,
    outbox: Rc<Outbox>,
    /// The node, once it is built.
    started: Option<Started<N>>,
    /// The node's own set-up, while it runs.
    set_up: Option<SetUp>,
    /// What has arrived before requests can be handled.
    early: Early,
}

struct Started<N> {
    node: Rc<N>,
    init: Init,
}

/// The set-up of a node, which is what answers `init`.
struct SetUp {
    request: Origin,
    /// Filled when it ends.
    result: Rc<RefCell<Option<Result<()>>>>,
}

/// Where a request comes from, and whether it wants an answer.
struct Origin {
    src: NodeId,
    msg_id: Option<MsgId>,
}

impl<'a, N: Handlers> Session<'a, N> {
    pub(super) fn new(scope: &'a Scope, host: Rc<Host>, transport: Rc<dyn Transport>) -> Self {
        Self {
            scope,
            host,
            outbox: Rc::new(Outbox::new(transport)),
            started: None,
            set_up: None,
            early: Early::default(),
        }
    }

    /// Takes what has arrived, runs what was woken, and flushes before it waits.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, open: &mut bool) -> Poll<io::Result<()>> {
        let transport = Rc::clone(&self.outbox.transport);
        self.scope.awake();
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
            more |= self.finish_set_up();
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

    /// The input has ended: no reply can come any more.
    fn close(&self) {
        if let Some(started) = &self.started {
            started.init.net().close();
        }
    }

    /// Ends the node's life, and says what it left undone.
    pub(super) fn end(self) {
        // It has been reported.
        let _ = guard(Activity::Drop, || drop(self.started));
        let kept = self.early.arrivals.len() + self.early.dropped;
        if kept > 0 {
            logger::warn(format_args!(
                "the input ended before `init` was answered: {kept} messages were not handled"
            ));
        }
    }

    /// Takes one message. Whether it is a reply is looked at before its type.
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
            Some(started) if self.set_up.is_none() && is_init => {
                self.init_again(&started.init, packet, header);
            }
            Some(started) if self.set_up.is_none() => self.handle(started, packet, header),
            _ => self.early.keep(Arrival::Message(packet.to_message())),
        }
    }

    fn receive_malformed(&mut self, malformed: Malformed) {
        logger::warn(format_args!("a line is no message: {}", malformed.reason));
        if let Some((src, msg_id)) = malformed.request {
            self.refuse(src, msg_id, Error::malformed_request(malformed.reason));
        }
    }

    /// Tells the sender of a message that it can't be understood.
    fn refuse(&mut self, src: NodeId, msg_id: MsgId, error: Error) {
        match &self.started {
            Some(started) if self.set_up.is_none() => {
                let (me, result) = (&started.init.node_id, Err::<N::Reply, _>(error));
                self.outbox
                    .settle("message", me, &Name::Id(&src), Some(msg_id), result);
            }
            _ => self.early.keep(Arrival::Malformed(src, msg_id, error)),
        }
    }

    /// Builds the node and begins its set-up. A refusal has no node id to come from: it comes
    /// from the name that was addressed, or waits for a later `init` if that is empty.
    fn init(&mut self, packet: &Packet<'_>, header: Header<'_>) {
        let built = read_ids(packet).and_then(|(node_id, node_ids)| {
            let transport = Rc::clone(&self.outbox.transport);
            let net = Net::new(node_id.clone(), transport, N::RPC_TIMEOUT);
            let init = Init::new(node_id, node_ids, net, Rc::clone(&self.host));
            let node = Rc::new(guard(Activity::Init, || N::from_init(&init)).map_err(crash)??);
            refuse_two_gossips::<N>(&init)?;
            let set_up = guard(Activity::Init, || node.set_up()).map_err(crash)?;
            Ok((Started { node, init }, set_up))
        });
        let (started, set_up) = match (built, header.msg_id) {
            (Ok((started, set_up)), msg_id) => {
                let request = Origin {
                    src: NodeId::from(&packet.src),
                    msg_id,
                };
                let result = Rc::default();
                self.set_up = Some(SetUp {
                    request,
                    result: Rc::clone(&result),
                });
                (started, (set_up, result))
            }
            (Err(error), Some(msg_id)) if packet.dest.is_empty() => {
                let src = NodeId::from(&packet.src);
                return self.early.keep(Arrival::Malformed(src, msg_id, error));
            }
            (Err(error), msg_id) => {
                let (me, result) = (NodeId::from(&packet.dest), Err::<Done, _>(error));
                return self.outbox.settle("init", &me, &packet.src, msg_id, result);
            }
        };
        self.started = Some(started);
        let (answer, result) = set_up;
        match answer {
            Answer::Now(done) | Answer::Silent(done) => {
                result.replace(Some(done));
            }
            Answer::Later(later) => {
                let running = Running::new(&self.outbox);
                self.scope.poll_or_spawn(Box::pin(async move {
                    let done = finish(Activity::Init, "init", later, N::DEADLINE).await;
                    result.replace(Some(done.unwrap_or_else(|silent| silent)));
                    drop(running);
                }));
            }
        }
        self.finish_set_up();
    }

    /// Answers `init` if the node's set-up has ended, and handles what came before that. True if
    /// it did.
    fn finish_set_up(&mut self) -> bool {
        let Some(result) = self.set_up.as_ref().and_then(|set_up| set_up.result.take()) else {
            return false;
        };
        let (Some(SetUp { request, .. }), Some(started)) = (self.set_up.take(), &self.started)
        else {
            return false;
        };
        let (me, failed) = (started.init.node_id.clone(), result.is_err());
        let result = result.map(|()| INIT_OK);
        self.outbox
            .settle("init", &me, &Name::Id(&request.src), request.msg_id, result);
        if failed {
            self.started = None;
            return true;
        }
        // A panic has been reported, and `init` is answered already.
        let _ = guard(Activity::Init, || started.node.start());
        started.init.parts().start();
        let early = std::mem::take(&mut self.early);
        early.report_dropped();
        for arrival in early.arrivals {
            match arrival {
                Arrival::Message(message) => self.receive(&message.as_packet()),
                Arrival::Malformed(src, msg_id, error) => self.refuse(src, msg_id, error),
            }
        }
        true
    }

    /// Answers an `init` that is not the first: it must say the same.
    fn init_again(&self, first: &Init, packet: &Packet<'_>, header: Header<'_>) {
        let result = read_ids(packet).and_then(|(node_id, node_ids)| {
            let field = match () {
                () if first.node_id != node_id => "node_id",
                () if first.node_ids != node_ids => "node_ids",
                () => return Ok(INIT_OK),
            };
            let text = format!("`{field}` differs from that of the first `init`");
            Err(Error::malformed_request(text))
        });
        self.outbox
            .settle("init", &first.node_id, &packet.src, header.msg_id, result);
    }

    /// Has a request handled, and answers it at once if its handler does not wait.
    fn handle(&self, started: &Started<N>, packet: &Packet<'_>, header: Header<'_>) {
        let Started { node, init } = started;
        let (me, src, msg_id) = (&init.node_id, &packet.src, header.msg_id.clone());
        let msg_type = header.msg_type.as_deref().unwrap_or_default();
        let activity = Activity::Handler(msg_type);
        let handled = guard(activity, || {
            let request = N::decode(msg_type, packet.body)?;
            Some(request.map(|request| N::handle(node, src, request)))
        });
        let answer = match handled {
            Ok(Some(answer)) => answer,
            Err(panic) => Err(crash(panic)),
            Ok(None) if msg_type == "topology" => {
                let result = topology(init, packet);
                return self.outbox.settle(msg_type, me, src, msg_id, result);
            }
            Ok(None) if msg_type == GOSSIP && !init.parts().is_empty() => {
                let merged = guard(activity, || gossip(init, packet));
                let result = merged.map_err(crash).flatten();
                return self.outbox.settle(msg_type, me, src, msg_id, result);
            }
            Ok(None) => Err(unknown_type::<N>(&header)),
        };
        match answer {
            Ok(Answer::Now(result)) => self.outbox.settle(msg_type, me, src, msg_id, result),
            Ok(Answer::Silent(result)) => report(msg_type, src, &result),
            Err(error) if N::ONEWAY.contains(&msg_type) => {
                report(msg_type, src, &Err::<(), _>(error))
            }
            Err(error) => {
                self.outbox
                    .settle(msg_type, me, src, msg_id, Err::<N::Reply, _>(error));
            }
            Ok(Answer::Later(later)) => {
                let running = Running::new(&self.outbox);
                let (me, src, msg_type) = (me.clone(), NodeId::from(src), msg_type.to_owned());
                self.scope.poll_or_spawn(Box::pin(async move {
                    let to = Name::Id(&src);
                    match finish(Activity::Handler(&msg_type), &msg_type, later, N::DEADLINE).await
                    {
                        Ok(result) => running.0.settle(&msg_type, &me, &to, msg_id, result),
                        Err(silent) => report(&msg_type, &src, &silent),
                    }
                }));
            }
        }
    }
}

/// Reads who a node is, and who else there is.
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
        None => Error::malformed_request("`type` is missing or is no string"),
    }
}

/// Lets others run, once all that was sent is on its way.
fn wait(transport: &dyn Transport) -> Poll<io::Result<()>> {
    match transport.flush() {
        Ok(()) => Poll::Pending,
        Err(error) => Poll::Ready(Err(error)),
    }
}
