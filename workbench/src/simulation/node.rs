//! Nodes in this process, run by the runtime's own loop.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use mael::NodeId;
use mael::node::Handlers;
use mael::runtime::{LocalFuture, Task, spawn};
use mael::serve;
use mael::transport::Memory;
use mael::wire::Message;

use super::clock::{Clock, VirtualTime};
use crate::Test;
use crate::engine::{Endpoint, Host, LAST_LINES, Node, Output};

/// Starts nodes of one type in this process.
pub(super) struct InProcess<N> {
    time: Rc<VirtualTime>,
    test: Rc<Test>,
    /// The same for all nodes and all starts, so that storage survives a kill.
    host: Rc<mael::Host>,
    /// How many nodes have been started, so that each start has random draws of its own.
    starts: Cell<u64>,
    logs: RefCell<BTreeMap<String, Rc<RefCell<String>>>>,
    node: PhantomData<fn() -> N>,
}

impl<N> InProcess<N> {
    pub(super) fn new(time: &Rc<VirtualTime>, test: &Rc<Test>, host: mael::Host) -> Self {
        Self {
            time: Rc::clone(time),
            test: Rc::clone(test),
            host: Rc::new(host),
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
}

impl<N: Handlers> Host for InProcess<N> {
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>> {
        let start = self.starts.get();
        self.starts.set(start + 1);
        let log = Rc::clone(self.logs.borrow_mut().entry(id.to_string()).or_default());
        let random = self.test.random(&format!("node {id}, start {start}"));
        let clock = Clock::new(&self.time, random).with_log(Rc::clone(&log));
        let memory = Memory::new({
            let output = output.clone();
            move |message| output.message(message)
        });
        let gate = Rc::<Gate>::default();
        let task = spawn({
            let serving = serve::<N>(
                Rc::new(clock),
                Rc::new(memory.clone()),
                Rc::clone(&self.host),
            );
            let (gate, log) = (Rc::clone(&gate), Rc::clone(&log));
            async move {
                let what = gate.run(serving).await;
                output.failed(what, last_lines(&log.borrow()));
            }
        });
        Ok(Rc::new(Simulated {
            memory,
            gate,
            task,
            log,
        }))
    }
}

/// A node in this process.
struct Simulated {
    memory: Memory,
    gate: Rc<Gate>,
    task: Task,
    log: Rc<RefCell<String>>,
}

impl Endpoint for Simulated {
    fn deliver(&self, _: u64, message: &Message) {
        self.memory.deliver(message.clone());
    }
}

impl Node for Simulated {
    fn kill(&self) -> LocalFuture<'static, ()> {
        self.task.abort();
        Box::pin(async {})
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
#[derive(Default)]
struct Gate {
    paused: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Gate {
    /// Runs a node while it is not paused, and says how it ended, which it should not.
    async fn run(&self, serving: impl Future<Output = io::Result<()>>) -> String {
        let mut serving = pin!(serving);
        poll_fn(|cx| {
            if self.paused.get() {
                self.waker.replace(Some(cx.waker().clone()));
                return Poll::Pending;
            }
            match catch_unwind(AssertUnwindSafe(|| serving.as_mut().poll(cx))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(Ok(()))) => Poll::Ready("its loop ended".to_owned()),
                Ok(Poll::Ready(Err(error))) => Poll::Ready(format!("its loop failed: {error}")),
                Err(_) => Poll::Ready("it panicked outside its handlers".to_owned()),
            }
        })
        .await
    }
}
