//! The node loop: from arriving messages to answers, under the rules of the protocol.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::node::{Answer, Handlers, Init};
use crate::runtime::{LocalFuture, Runtime, Scope};
use crate::transport::{Input, Transport};
use crate::wire::{
    Body, BodyWriter, Encode, Header, Malformed, Message, MsgId, Packet, Reply, excerpt,
};
use crate::{Error, NodeId, Result, log, time};

/// How long a handler may take: Maelstrom's clients give up after 5 s, and an answer that is later
/// than that can silence a node on the original bench.
pub const HANDLER_DEADLINE: Duration = Duration::from_millis(4500);

/// How many messages are kept for after `init`; further ones are dropped and reported.
pub const EARLY_MESSAGES: usize = 10_000;

/// How many bytes of message bodies are kept for after `init`.
pub const EARLY_BYTES: usize = 64 * 1024 * 1024;

/// Runs a node until its input ends.
///
/// Requests are handled in the order of their arrival. At the end of the input, handlers that
/// still run may finish, timers and spawned tasks are dropped, and everything is flushed.
/// Dropping the future drops the node and all of its tasks.
///
/// # Errors
/// When nothing can be read or written any more.
pub async fn serve<N: Handlers>(
    runtime: Rc<dyn Runtime>,
    transport: Rc<dyn Transport>,
) -> io::Result<()> {
    let scope = Scope::new(runtime);
    let mut session = Session::<N> {
        scope: &scope,
        outbox: Rc::new(Outbox {
            transport: Rc::clone(&transport),
            running: Cell::new(0),
        }),
        state: State::Early(Early::default()),
    };
    let mut open = true;
    let result = poll_fn(|cx| scope.enter(|| session.poll(cx, &mut open))).await;
    scope.enter(|| session.end());
    result
}

/// One node's life: before `init`, then after.
struct Session<'a, N> {
    scope: &'a Scope,
    outbox: Rc<Outbox>,
    state: State<N>,
}

enum State<N> {
    Early(Early),
    Running { node: Rc<N>, init: Init },
}

/// What arrived before `init`.
#[derive(Default)]
struct Early {
    arrivals: Vec<Arrival>,
    bytes: usize,
    dropped: usize,
}

/// An arrival that is kept for later.
enum Arrival {
    Message(Message),
    Malformed(String, MsgId, Error),
}

impl<N: Handlers> Session<'_, N> {
    /// Takes what has arrived, runs what was woken, and flushes before it waits.
    fn poll(&mut self, cx: &mut Context<'_>, open: &mut bool) -> Poll<io::Result<()>> {
        let transport = Rc::clone(&self.outbox.transport);
        loop {
            let mut more = false;
            if *open {
                let input = transport.poll_receive(cx, &mut |arrival| match arrival {
                    Ok(packet) => self.receive(&packet),
                    Err(malformed) => self.receive_malformed(malformed),
                });
                match input {
                    Poll::Ready(Ok(Input::Open)) => more = true,
                    Poll::Ready(Ok(Input::Closed)) => *open = false,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {}
                }
            }
            more |= self.scope.poll_tasks(cx);
            if !*open && self.outbox.running.get() == 0 {
                return Poll::Ready(transport.flush());
            }
            if !more {
                return match transport.flush() {
                    Ok(()) => Poll::Pending,
                    Err(error) => Poll::Ready(Err(error)),
                };
            }
        }
    }

    /// Ends the node's life, and says what it left undone.
    fn end(self) {
        if let State::Early(early) = &self.state
            && !early.arrivals.is_empty()
        {
            log::line(format_args!(
                "the input ended before `init`: {} messages were not handled",
                early.arrivals.len() + early.dropped
            ));
        }
    }

    /// Takes one message. Whether it is a reply is looked at before its type; nobody waits for one.
    fn receive(&mut self, packet: &Packet<'_>) {
        let header = match Header::read(packet.body) {
            Ok(header) => header,
            Err(error) => return log::line(format_args!("skipped a message: {}", error.text)),
        };
        if header.is_reply() {
            return;
        }
        if header.kind.as_deref() == Some("init") {
            return self.init(packet, header);
        }
        if let State::Running { node, init } = &self.state {
            self.handle(node, &init.node_id, packet, header);
        } else if let State::Early(early) = &mut self.state {
            early.keep(Arrival::Message(packet.to_message()));
        }
    }

    fn receive_malformed(&mut self, malformed: Malformed) {
        log::line(format_args!("a line is no message: {}", malformed.reason));
        if let Some((src, msg_id)) = malformed.request {
            self.refuse(src, msg_id, Error::malformed_request(malformed.reason));
        }
    }

    /// Answers `init`, and handles what came before it. A refusal has no node id to come from: it
    /// comes from the name that was addressed, or waits for a later `init` if that is empty.
    fn init(&mut self, packet: &Packet<'_>, header: Header<'_>) {
        let first = match &self.state {
            State::Early(_) => None,
            State::Running { init, .. } => Some(init),
        };
        let outcome = Init::read(Body(packet.body)).and_then(|init| match first {
            None => guard("init", || N::from_init(&init))?.map(|node| Some((node, init))),
            Some(first) => unchanged(first, &init).map(|()| None),
        });
        let me = match (&outcome, first) {
            (Ok(Some((_, init))), _) | (_, Some(init)) => init.node_id.clone(),
            _ => NodeId::from(&*packet.dest),
        };
        let (result, started) = match outcome {
            Ok(started) => (Ok(InitOk), started),
            Err(error) => (Err(error), None),
        };
        let early = match (started, &mut self.state) {
            (Some((node, init)), state) => {
                let node = Rc::new(node);
                match std::mem::replace(state, State::Running { node, init }) {
                    State::Early(early) => early,
                    State::Running { .. } => Early::default(),
                }
            }
            (None, State::Early(early)) if me.is_empty() => {
                if let (Some(msg_id), Err(error)) = (header.msg_id, result) {
                    early.keep(Arrival::Malformed(packet.src.to_string(), msg_id, error));
                }
                return;
            }
            _ => Early::default(),
        };
        self.outbox
            .settle("init", &me, &packet.src, header.msg_id, &result);
        early.report_dropped();
        for arrival in early.arrivals {
            match arrival {
                Arrival::Message(message) => self.receive(&message.as_packet()),
                Arrival::Malformed(src, msg_id, error) => self.refuse(src, msg_id, error),
            }
        }
    }

    /// Has a request handled, and answers it at once if its handler does not wait.
    fn handle(&self, node: &Rc<N>, me: &NodeId, packet: &Packet<'_>, header: Header<'_>) {
        let kind = header.kind.as_deref().unwrap_or_default();
        let answer = match N::decode(kind, Body(packet.body)) {
            Some(Ok(request)) => guard(kind, || N::handle(node, &packet.src, request)),
            Some(Err(error)) => Err(error),
            None => Err(unknown_type::<N>(&header)),
        };
        match answer {
            Ok(Answer::Now(result)) => {
                self.outbox
                    .settle(kind, me, &packet.src, header.msg_id, &result);
            }
            Err(error) => {
                let result = Err::<N::Reply, _>(error);
                self.outbox
                    .settle(kind, me, &packet.src, header.msg_id, &result);
            }
            Ok(Answer::Later(future)) => {
                let running = Running::new(&self.outbox);
                let (me, src) = (me.clone(), NodeId::from(&*packet.src));
                let (kind, msg_id) = (kind.to_owned(), header.msg_id);
                self.scope.poll_or_spawn(Box::pin(async move {
                    let result = time::timeout(HANDLER_DEADLINE, Guarded(&kind, future)).await;
                    let result = result.unwrap_or_else(|_| Err(deadline_passed(&kind)));
                    running.0.settle(&kind, &me, &src, msg_id, &result);
                }));
            }
        }
    }

    /// Tells the sender of a request that it can't be understood.
    fn refuse(&mut self, src: String, msg_id: MsgId, error: Error) {
        match &mut self.state {
            State::Early(early) => early.keep(Arrival::Malformed(src, msg_id, error)),
            State::Running { init, .. } => {
                let result = Err::<N::Reply, _>(error);
                self.outbox
                    .settle("message", &init.node_id, &src, Some(msg_id), &result);
            }
        }
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
            log::line(format_args!(
                "dropped {} messages before `init`: at most {EARLY_MESSAGES} messages and \
                 {EARLY_BYTES} bytes are kept",
                self.dropped
            ));
        }
    }
}

/// Whether a repeated `init` says the same as the first.
fn unchanged(first: &Init, again: &Init) -> Result<()> {
    let field = match () {
        () if first.node_id != again.node_id => "node_id",
        () if first.node_ids != again.node_ids => "node_ids",
        () => return Ok(()),
    };
    Err(Error::malformed_request(format!(
        "`{field}` differs from that of the first `init`"
    )))
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

fn deadline_passed(kind: &str) -> Error {
    Error::timeout(format!("`{kind}` took longer than {HANDLER_DEADLINE:?}"))
}

/// Calls a handler; a panic becomes code 13.
fn guard<T>(kind: &str, f: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or(panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        log::line(format_args!("the handler of `{kind}` panicked: {text}"));
        Error::crash(format!("the handler of `{kind}` panicked: {text}"))
    })
}

/// A handler's future; a panic in it becomes code 13.
struct Guarded<'a, R>(&'a str, LocalFuture<'static, Result<R>>);

impl<R> Future for Guarded<'_, R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let kind = self.0;
        match guard(kind, || self.1.as_mut().poll(cx)) {
            Ok(poll) => poll,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

/// The way out, shared with the handlers that wait.
struct Outbox {
    transport: Rc<dyn Transport>,
    /// How many handlers wait.
    running: Cell<usize>,
}

impl Outbox {
    /// Answers a request, if it wants an answer; otherwise its failure is reported.
    fn settle<R: Encode>(
        &self,
        kind: &str,
        me: &str,
        src: &str,
        msg_id: Option<MsgId>,
        result: &Result<R>,
    ) {
        let Some(in_reply_to) = &msg_id else {
            if let Err(error) = result {
                log::line(format_args!("`{kind}` from {src} failed: {error}"));
            }
            return;
        };
        let reply = Reply {
            in_reply_to,
            result,
        };
        if let Err(error) = self.transport.send(me, src, &reply) {
            log::line(format_args!(
                "the reply to `{kind}` from {src} failed: {error}"
            ));
            let result = &Err::<R, _>(error);
            let sent = self.transport.send(
                me,
                src,
                &Reply {
                    in_reply_to,
                    result,
                },
            );
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

/// The answer to `init`.
struct InitOk;

impl Encode for InitOk {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.message("init_ok").end()
    }
}
