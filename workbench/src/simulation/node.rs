//! Nodes in this process, run by the runtime's own loop.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use mael::NodeId;
use mael::node::Handlers;
use mael::runtime::{LocalFuture, Scope, Task, spawn};
use mael::serve;
use mael::time::Instant;
use mael::transport::Memory;
use mael::wire::Message;

use super::clock::{Clock, VirtualTime};
use super::life::Life;
use crate::Test;
use crate::engine::{Endpoint, Host, LAST_LINES, Node, Output};

/// How the bodies that nodes send travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bodies {
    /// As values where they can.
    Typed,
    /// All as bytes, as between processes.
    Encoded,
}

/// Starts nodes of one type in this process.
pub(super) struct InProcess<N> {
    time: Rc<VirtualTime>,
    /// The network's time, which is not that of a node whose clock drifts.
    true_time: Rc<Scope>,
    test: Rc<Test>,
    /// The same for all nodes and all starts, so that storage survives a kill.
    host: Rc<mael::Host>,
    bodies: Bodies,
    /// How many nodes have been started, so that each start has random draws of its own.
    starts: Cell<u64>,
    logs: RefCell<BTreeMap<String, Rc<RefCell<String>>>>,
    node: PhantomData<fn() -> N>,
}

impl<N> InProcess<N> {
    pub(super) fn new(
        time: &Rc<VirtualTime>,
        test: &Rc<Test>,
        host: mael::Host,
        bodies: Bodies,
    ) -> Self {
        Self {
            time: Rc::clone(time),
            true_time: Rc::new(Scope::new(Rc::new(Clock::new(time, test.random("nobody"))))),
            test: Rc::clone(test),
            host: Rc::new(host),
            bodies,
            starts: Cell::new(0),
            logs: RefCell::default(),
            node: PhantomData,
        }
    }

    /// Takes out what the nodes logged.
    pub(super) fn take_logs(&self) -> BTreeMap<String, String> {
        let logs = self.logs.take().into_iter();
        logs.map(|(node, log)| (node, log.take())).collect()
    }

    /// Takes out what the nodes have in storage.
    pub(super) fn take_storage(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.host.disk.take_memory()
    }
}

impl<N: Handlers> Host for InProcess<N> {
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>> {
        let start = self.starts.get();
        self.starts.set(start + 1);
        let log = Rc::clone(self.logs.borrow_mut().entry(id.to_string()).or_default());
        let random = self.test.random(&format!("node {id}, start {start}"));
        let life = Rc::<Life>::default();
        let mut clock = Clock::new(&self.time, random).of_node(&log, &life);
        if self.test.clock_drift > 0.0 {
            let mut random = self.test.random(&format!("clock {id}, start {start}"));
            clock = clock.drifting(self.test.clock_drift, &mut random);
        }
        let memory = Memory::new({
            let (output, life, bodies) = (output.clone(), Rc::clone(&life), self.bodies);
            let true_time = Rc::clone(&self.true_time);
            move |mut message: Message| {
                if bodies == Bodies::Encoded {
                    message.body = message.body.to_bytes();
                }
                if life.step() {
                    true_time.enter(|| output.message(message));
                }
            }
        });
        let gate = Rc::new(Gate::new(&life));
        let task = spawn({
            let serving = serve::<N>(
                Rc::new(clock),
                Rc::new(memory.clone()),
                Rc::clone(&self.host),
            );
            let (gate, log) = (Rc::clone(&gate), Rc::clone(&log));
            async move {
                if let Some(what) = gate.run(serving).await {
                    output.failed(what, last_lines(&log.borrow()));
                }
            }
        });
        Ok(Rc::new(InProcessNode {
            memory,
            life,
            gate,
            task,
            log,
        }))
    }
}

/// A node in this process.
struct InProcessNode {
    memory: Memory,
    life: Rc<Life>,
    gate: Rc<Gate>,
    task: Task,
    log: Rc<RefCell<String>>,
}

impl Endpoint for InProcessNode {
    fn deliver(&self, _: Instant, _: u64, message: &Message) {
        self.memory.deliver(message.clone());
    }
}

impl Node for InProcessNode {
    fn kill(&self) -> LocalFuture<'static, ()> {
        self.life.end();
        self.task.abort();
        Box::pin(async {})
    }

    fn kill_after(&self, steps: u64) -> LocalFuture<'static, ()> {
        Box::pin(Rc::clone(&self.life).end_after(steps))
    }

    fn steps(&self) -> u64 {
        self.life.steps()
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
        last_lines(&self.log.borrow())
    }
}

/// The end of a log.
fn last_lines(log: &str) -> Vec<String> {
    let lines: Vec<&str> = log.lines().collect();
    let first = lines.len().saturating_sub(LAST_LINES);
    lines[first..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// Lets a node run, or keeps it from running.
struct Gate {
    life: Rc<Life>,
    paused: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Gate {
    fn new(life: &Rc<Life>) -> Self {
        Self {
            life: Rc::clone(life),
            paused: Cell::default(),
            waker: RefCell::default(),
        }
    }

    /// Runs a node while it is not paused, to the end of its life. If it ended of itself, which it
    /// should not, says how.
    async fn run(&self, serving: impl Future<Output = io::Result<()>>) -> Option<String> {
        let mut serving = pin!(serving);
        poll_fn(|cx| {
            if self.paused.get() {
                self.waker.replace(Some(cx.waker().clone()));
                return Poll::Pending;
            }
            let polled = catch_unwind(AssertUnwindSafe(|| serving.as_mut().poll(cx)));
            if self.life.is_over() {
                return Poll::Ready(None);
            }
            match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(Ok(()))) => Poll::Ready(Some("its loop ended".to_owned())),
                Ok(Poll::Ready(Err(error))) => {
                    Poll::Ready(Some(format!("its loop failed: {error}")))
                }
                Err(_) => Poll::Ready(Some("it panicked outside its handlers".to_owned())),
            }
        })
        .await
    }
}
