//! Runs nodes in this process.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use mael::NodeId;
use mael::executor::{Caught, LocalFuture, Scope, Task, catch, spawn};
use mael::node::Handlers;
use mael::protocol::Message;
use mael::run_with;
use mael::time::{Duration, Instant};
use mael::transport::Memory;

use super::clock::{Clock, VirtualTime};
use super::kill_switch::KillSwitch;
use super::node_log::NodeLog;
use crate::Options;
use crate::engine::{Endpoint, Host, LAST_LINES, Node, NodePanic, Output};

/// The form in which bodies are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bodies {
    /// As values, where possible.
    Typed,
    /// Always encoded as bytes, as between processes.
    Encoded,
}

/// Starts nodes of one type in this process.
pub(super) struct InProcess<N> {
    time: Rc<VirtualTime>,
    /// The time of the network, which differs from the time of a node whose clock drifts.
    true_time: Rc<Scope>,
    options: Rc<Options>,
    /// Shared by all nodes and all starts, so that storage survives a kill.
    host: Rc<mael::Environment>,
    bodies: Bodies,
    /// The number of starts so far, so that each start has its own random draws.
    starts: Cell<u64>,
    logs: RefCell<BTreeMap<String, Rc<RefCell<NodeLog>>>>,
    node: PhantomData<fn() -> N>,
}

impl<N> InProcess<N> {
    pub(super) fn new(
        time: &Rc<VirtualTime>,
        options: &Rc<Options>,
        host: mael::Environment,
        bodies: Bodies,
    ) -> Self {
        Self {
            time: Rc::clone(time),
            true_time: Rc::new(Scope::new(Rc::new(Clock::new(
                time,
                options.random("nobody"),
            )))),
            options: Rc::clone(options),
            host: Rc::new(host),
            bodies,
            starts: Cell::new(0),
            logs: RefCell::default(),
            node: PhantomData,
        }
    }

    /// Takes the logs of the nodes.
    pub(super) fn take_logs(&self) -> BTreeMap<String, NodeLog> {
        let logs = self.logs.take().into_iter();
        logs.map(|(node, log)| (node, log.take())).collect()
    }

    /// Takes the storage of the nodes.
    pub(super) fn take_storage(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.host.disk.take_memory()
    }
}

impl<N: Handlers> Host for InProcess<N> {
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>> {
        let start = self.starts.get();
        self.starts.set(start + 1);
        let log = Rc::clone(self.logs.borrow_mut().entry(id.to_string()).or_default());
        let random = self.options.random(&format!("node {id}, start {start}"));
        let kill_switch = Rc::<KillSwitch>::default();
        let mut clock = Clock::new(&self.time, random).of_node(id, &log, &output, &kill_switch);
        if self.options.clock_drift > 0.0 {
            let mut random = self.options.random(&format!("clock {id}, start {start}"));
            clock = clock.drifting(self.options.clock_drift, &mut random);
        }
        let memory = Memory::new({
            let (output, kill_switch, bodies) =
                (output.clone(), Rc::clone(&kill_switch), self.bodies);
            let true_time = Rc::clone(&self.true_time);
            move |mut message: Message| {
                if bodies == Bodies::Encoded {
                    message.body = message.body.to_bytes();
                }
                if kill_switch.step() {
                    true_time.enter(|| output.message(message));
                }
            }
        });
        let gate = Rc::new(PauseGate::new(&kill_switch));
        let task = spawn({
            let serving = run_with::<N>(
                Rc::new(clock),
                Rc::new(memory.clone()),
                Rc::clone(&self.host),
            );
            let (gate, log) = (Rc::clone(&gate), Rc::clone(&log));
            let time = Rc::clone(&self.time);
            async move {
                let what = match gate.run(serving).await {
                    None => return,
                    Some(End::Returned(Ok(()))) => "its loop ended".to_owned(),
                    Some(End::Returned(Err(error))) => format!("its loop failed: {error}"),
                    Some(End::Panicked(Caught { place, text, .. })) => {
                        let what = format!("its loop panicked at {place}: {text}");
                        output.panicked(NodePanic {
                            noun: "panic",
                            activity: "its loop".to_owned(),
                            place,
                            text,
                            time: Some(Duration::from_nanos(time.now().as_nanos())),
                        });
                        what
                    }
                };
                output.failed(what, log.borrow().last(LAST_LINES));
            }
        });
        Ok(Rc::new(InProcessNode {
            memory,
            kill_switch,
            gate,
            task,
            log,
        }))
    }
}

/// A node in this process.
struct InProcessNode {
    memory: Memory,
    kill_switch: Rc<KillSwitch>,
    gate: Rc<PauseGate>,
    task: Task,
    log: Rc<RefCell<NodeLog>>,
}

impl Endpoint for InProcessNode {
    fn deliver(&self, _: Instant, _: u64, message: &Message) {
        self.memory.deliver(message.clone());
    }
}

impl Node for InProcessNode {
    fn kill(&self) -> LocalFuture<'static, ()> {
        self.kill_switch.kill();
        self.task.abort();
        Box::pin(async {})
    }

    fn kill_after(&self, steps: u64) -> LocalFuture<'static, ()> {
        Box::pin(Rc::clone(&self.kill_switch).kill_after(steps))
    }

    fn steps(&self) -> u64 {
        self.kill_switch.steps()
    }

    fn pause(&self) {
        self.gate.paused.set(true);
    }

    fn resume(&self) {
        self.gate.paused.set(false);
        if let Some(waker) = self.gate.waker.take() {
            waker.wake();
        }
    }

    fn last_lines(&self) -> Vec<String> {
        self.log.borrow().last(LAST_LINES)
    }
}

/// Pauses and resumes a node.
struct PauseGate {
    kill_switch: Rc<KillSwitch>,
    paused: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl PauseGate {
    fn new(kill_switch: &Rc<KillSwitch>) -> Self {
        Self {
            kill_switch: Rc::clone(kill_switch),
            paused: Cell::default(),
            waker: RefCell::default(),
        }
    }

    /// Runs a node while it is not paused, until it is killed. If its loop ends before that, which
    /// is an error, returns how it ended.
    async fn run(&self, serving: impl Future<Output = io::Result<()>> + 'static) -> Option<End> {
        let mut serving = Serving(Some(Box::pin(serving)));
        poll_fn(|cx| {
            if self.paused.get() {
                self.waker.replace(Some(cx.waker().clone()));
                return Poll::Pending;
            }
            let polled = catch(|| match &mut serving.0 {
                Some(serving) => serving.as_mut().poll(cx),
                None => Poll::Pending,
            });
            if self.kill_switch.is_dead() {
                return Poll::Ready(None);
            }
            match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(result)) => Poll::Ready(Some(End::Returned(result))),
                Err(caught) => Poll::Ready(Some(End::Panicked(caught))),
            }
        })
        .await
    }
}

/// How the loop of a node ended without being killed.
enum End {
    Returned(io::Result<()>),
    /// It panicked outside of handlers, whose panics are caught.
    Panicked(Caught),
}

/// The loop of a node. A killed process runs no destructors. Here they run, but their panics are
/// ignored.
struct Serving(Option<Pin<Box<dyn Future<Output = io::Result<()>>>>>);

impl Drop for Serving {
    fn drop(&mut self) {
        let serving = self.0.take();
        let _ = catch(|| drop(serving));
    }
}
