//! The node loop: from arriving messages to answers, under the rules of the protocol.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::executor::{
    Activity, Guarded, LocalFuture, LogLevel, ROUNDS, Runtime, Scope, guard, logger,
};
use crate::host::Host;
use crate::net::Net;
use crate::node::{Answer, Handlers, Init, Later, LaterFuture};
use crate::part::GOSSIP;
use crate::protocol::{
    BodyWriter, Header, IntoBody, Malformed, Message, MsgId, Name, Packet, Reply, excerpt,
};
use crate::transport::{Input, Traced, Transport};
use crate::{Error, NodeId, Nodes, Panic, Result, time};

/// How long a handler may take: Maelstrom's clients give up after 5 s, and an answer that is later
/// than that can silence a node on the original bench.
pub const HANDLER_DEADLINE: Duration = Duration::from_millis(4500);

/// How many messages are kept for after `init`; further ones are dropped and reported.
pub const EARLY_MESSAGES: usize = 10_000;

/// How many bytes of message bodies are kept for after `init`.
pub const EARLY_BYTES: usize = 64 * 1024 * 1024;

/// Runs a node until its input ends.
///
/// Requests are handled in the order of their arrival. At the end of the input, calls that wait
/// for a reply fail with code 0, handlers that still run may finish, timers and spawned tasks are
/// dropped, and everything is flushed. Dropping the future drops the node and all of its tasks.
///
/// # Errors
/// When nothing can be read or written any more.
///
/// ```
/// use std::rc::Rc;
/// use mael::prelude::*;
/// use mael::executor::Tokio;
/// use mael::transport::Memory;
/// use mael::protocol::{Message, RawValue};
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
/// fn to_node(body: &str) -> Message {
///     let body = RawValue::from_string(body.to_owned()).unwrap().into();
///     Message { src: "c1".into(), dest: "n1".into(), body }
/// }
///
/// let sent = Rc::new(RefCell::new(Vec::new()));
/// let network = Memory::new({
///     let sent = Rc::clone(&sent);
///     move |message| sent.borrow_mut().push(message.body.get().to_owned())
/// });
/// network.deliver(to_node(r#"{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}"#));
/// network.deliver(to_node(r#"{"type":"echo","msg_id":2,"echo":"hi"}"#));
/// network.close();
///
/// let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// executor.block_on(async {
///     let runtime = Rc::new(Tokio::new());
///     mael::serve::<Echo>(runtime, Rc::new(network), Rc::default()).await
/// })?;
/// assert_eq!(sent.borrow()[0], r#"{"type":"init_ok","in_reply_to":1}"#);
/// assert_eq!(sent.borrow()[1], r#"{"type":"echo_ok","in_reply_to":2,"echo":"hi"}"#);
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn serve<N: Handlers>(
    runtime: Rc<dyn Runtime>,
    transport: Rc<dyn Transport>,
    host: Rc<Host>,
) -> io::Result<()> {
    let scope = Scope::with_log_level(runtime, host.log_level);
    let transport = match host.log_level {
        LogLevel::Debug | LogLevel::Trace => Rc::new(Traced(transport)),
        _ => transport,
    };
    let mut session = Session::<N> {
        scope: &scope,
        host,
        outbox: Rc::new(Outbox {
            transport,
            running: Cell::new(0),
        }),
        started: None,
        set_up: None,
        early: Early::default(),
    };
    let mut open = true;
    let result = poll_fn(|cx| scope.enter(|| session.poll(cx, &mut open))).await;
    scope.enter(|| session.end());
    result
}

/// One node's life: before `init`, while it sets itself up, and after.
struct Session<'a, N> {
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

/// Lets others run, once all that was sent is on its way.
fn wait(transport: &dyn Transport) -> Poll<io::Result<()>> {
    match transport.flush() {
        Ok(()) => Poll::Pending,
        Err(error) => Poll::Ready(Err(error)),
    }
}

/// Messages that are kept for later.
#[derive(Default)]
struct Early {
    arrivals: Vec<Arrival>,
    bytes: usize,
    dropped: usize,
}

/// A message that is kept for later.
enum Arrival {
    Message(Message),
    Malformed(NodeId, MsgId, Error),
}

impl<N: Handlers> Session<'_, N> {
    /// Takes what has arrived, runs what was woken, and flushes before it waits.
    fn poll(&mut self, cx: &mut Context<'_>, open: &mut bool) -> Poll<io::Result<()>> {
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
    fn end(self) {
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
        let is_init = header.kind.as_deref() == Some("init");
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
                    let done = finish::<N, ()>(Activity::Init, "init", later).await;
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
        let kind = header.kind.as_deref().unwrap_or_default();
        let activity = Activity::Handler(kind);
        let handled = guard(activity, || {
            let request = N::decode(kind, packet.body)?;
            Some(request.map(|request| N::handle(node, src, request)))
        });
        let answer = match handled {
            Ok(Some(answer)) => answer,
            Err(panic) => Err(crash(panic)),
            Ok(None) if kind == "topology" => {
                let result = topology(init, packet);
                return self.outbox.settle(kind, me, src, msg_id, result);
            }
            Ok(None) if kind == GOSSIP && !init.parts().is_empty() => {
                let merged = guard(activity, || gossip(init, packet));
                let result = merged.map_err(crash).flatten();
                return self.outbox.settle(kind, me, src, msg_id, result);
            }
            Ok(None) => Err(unknown_type::<N>(&header)),
        };
        match answer {
            Ok(Answer::Now(result)) => self.outbox.settle(kind, me, src, msg_id, result),
            Ok(Answer::Silent(result)) => report(kind, src, &result),
            Err(error) if N::ONEWAY.contains(&kind) => report(kind, src, &Err::<(), _>(error)),
            Err(error) => {
                self.outbox
                    .settle(kind, me, src, msg_id, Err::<N::Reply, _>(error));
            }
            Ok(Answer::Later(later)) => {
                let running = Running::new(&self.outbox);
                let (me, src, kind) = (me.clone(), NodeId::from(src), kind.to_owned());
                self.scope.poll_or_spawn(Box::pin(async move {
                    let to = Name::Id(&src);
                    match finish::<N, N::Reply>(Activity::Handler(&kind), &kind, later).await {
                        Ok(result) => running.0.settle(&kind, &me, &to, msg_id, result),
                        Err(silent) => report(&kind, &src, &silent),
                    }
                }));
            }
        }
    }
}

/// Takes the topology, for a node that has no handler of its own for it.
fn topology(init: &Init, packet: &Packet<'_>) -> Result<Done> {
    type Topology = BTreeMap<NodeId, Vec<NodeId>>;
    let (mut topology,): (Topology,) = packet.body.fields(["topology"])?;
    init.neighbours()
        .set(topology.remove(&*init.node_id).unwrap_or_default());
    Ok(Done("topology_ok"))
}

/// Gives the fields of a node that are told by gossip what they are told.
fn gossip(init: &Init, packet: &Packet<'_>) -> Result<Done> {
    init.parts().gossip(packet.body)?;
    Ok(Done("gossip_ok"))
}

/// A message can't be for a handler and for a field.
fn refuse_two_gossips<N: Handlers>(init: &Init) -> Result<()> {
    match N::TYPES.contains(&GOSSIP) && !init.parts().is_empty() {
        true => Err(Error::crash(
            "a node with a field of type `Gossip` can't have a handler of type `gossip`: \
             rename the handler",
        )),
        false => Ok(()),
    }
}

/// Runs a handler to its end or its deadline: its result, or that of one that is never answered.
async fn finish<N: Handlers, R>(
    activity: Activity<'_>,
    kind: &str,
    later: Later<R>,
) -> Result<Result<R>, Result<()>> {
    let deadline = later.deadline.unwrap_or(N::DEADLINE);
    match later.future {
        LaterFuture::Reply(future) => Ok(until(deadline, activity, kind, future).await),
        LaterFuture::Silent(future) => Err(until(deadline, activity, kind, future).await),
    }
}

async fn until<R>(
    deadline: Duration,
    activity: Activity<'_>,
    kind: &str,
    future: LocalFuture<'static, Result<R>>,
) -> Result<R> {
    match time::timeout(deadline, Guarded::new(activity, future)).await {
        Ok(result) => result.map_err(crash).flatten(),
        Err(_) => Err(Error::timeout(format!(
            "`{kind}` took longer than {deadline:?}"
        ))),
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

/// Tells that a request which nobody wants answered has failed.
fn report<R>(kind: &str, src: &str, result: &Result<R>) {
    if let Err(error) = result {
        logger::warn(format_args!("`{kind}` from {src} failed: {error}"));
    }
}

impl Early {
    fn keep(&mut self, arrival: Arrival) {
        let bytes = match &arrival {
            Arrival::Message(message) => message.body.get().len(),
            Arrival::Malformed(_, _, error) => error.text.len(),
        };
        if self.arrivals.len() < EARLY_MESSAGES && self.bytes + bytes <= EARLY_BYTES {
            self.bytes += bytes;
            self.arrivals.push(arrival);
        } else {
            self.dropped += 1;
        }
    }

    fn report_dropped(&self) {
        if self.dropped > 0 {
            logger::warn(format_args!(
                "dropped {} messages before `init`: at most {EARLY_MESSAGES} messages and \
                 {EARLY_BYTES} bytes are kept",
                self.dropped
            ));
        }
    }
}

fn unknown_type<N: Handlers>(header: &Header<'_>) -> Error {
    match &header.kind {
        Some(kind) => Error::not_supported(format!(
            "unknown `type` {:?}: this node handles {}",
            excerpt(kind),
            N::TYPES.join(", ")
        )),
        None => Error::malformed_request("`type` is missing or is no string"),
    }
}

/// The error that a panic is answered with.
fn crash(panic: Panic) -> Error {
    Error::crash(panic.to_string())
}

/// The way out, shared with the handlers that wait.
struct Outbox {
    transport: Rc<dyn Transport>,
    /// How many handlers wait.
    running: Cell<usize>,
}

impl Outbox {
    /// Answers a request, if it wants an answer; otherwise its failure is reported.
    fn settle<R: IntoBody>(
        &self,
        kind: &str,
        me: &NodeId,
        src: &Name<'_>,
        msg_id: Option<MsgId>,
        result: Result<R>,
    ) {
        let Some(in_reply_to) = msg_id else {
            return report(kind, src, &result);
        };
        let reply = Reply::new(in_reply_to.clone(), result);
        let activity = match kind {
            "init" => Activity::Init,
            kind => Activity::Handler(kind),
        };
        // Writing a reply is the node's own code too.
        let sent = guard(activity, || self.transport.send(me, src, &reply));
        if let Err(error) = sent.map_err(crash).flatten() {
            logger::warn(format_args!(
                "the reply to `{kind}` from {src} failed: {error}"
            ));
            let reply = Reply::new(in_reply_to, Err::<R, _>(error));
            let sent = self.transport.send(me, src, &reply);
            sent.expect("an error has a form in JSON");
        }
    }
}

/// Counts a handler that waits, for as long as it does.
struct Running(Rc<Outbox>);

impl Running {
    fn new(outbox: &Rc<Outbox>) -> Self {
        outbox.running.set(outbox.running.get() + 1);
        Self(Rc::clone(outbox))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
    }
}

/// The answer of this type to a request that the runtime handles: that it is done.
struct Done(&'static str);

impl IntoBody for Done {
    fn into_body(self, body: BodyWriter<'_>) -> Result<()> {
        body.message(self.0).end()
    }
}

const INIT_OK: Done = Done("init_ok");
