//! Runs the operations of a generator on client threads.

use std::rc::Rc;

use fastrand::Rng;
use mael::NodeId;
use mael::executor::{Task, spawn};
use mael::time::{self, Duration, Instant};
use mael_history::{Kind, Process, Value};
use tokio::sync::mpsc;

use super::connection::RpcError;
use super::context::Context;
use super::generator::{Generator, Next};
use super::invocation::Invocation;
use super::recorder::Outcome;
use super::workload::Workload;

/// The client threads of a run. Thread `t` sends requests to node `t` modulo the number of nodes.
pub(super) struct Interpreter {
    threads: Vec<Thread>,
    completions: mpsc::UnboundedReceiver<Completion>,
    context: Rc<Context>,
    /// The thread after the last one that was given an operation.
    turn: usize,
}

struct Thread {
    process: usize,
    busy: bool,
    work: mpsc::UnboundedSender<Invocation>,
    task: Task,
}

struct Completion {
    thread: usize,
    invocation: Invocation,
    outcome: Outcome,
}

/// When operations are invoked.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// As soon as a thread is free.
    AtOnce,
    /// After gaps drawn from [0, 2 / rate) seconds, until `end`.
    Rate { rate: f64, end: Instant },
}

impl Interpreter {
    pub(super) fn new(context: &Rc<Context>) -> Self {
        let options = &context.options;
        let (done, completions) = mpsc::unbounded_channel();
        let thread = |thread: usize| {
            let (work, orders) = mpsc::unbounded_channel();
            let worker = Worker {
                thread,
                node: NodeId::from(&*options.nodes[thread % options.nodes.len()]),
                context: Rc::clone(context),
            };
            Thread {
                process: thread,
                busy: false,
                work,
                task: spawn(worker.run(orders, done.clone())),
            }
        };
        Self {
            threads: (0..options.clients()).map(thread).collect(),
            completions,
            context: Rc::clone(context),
            turn: 0,
        }
    }

    /// Runs a generator until it is exhausted or the pace has ended, and all operations have
    /// completed.
    pub(super) async fn run(
        &mut self,
        generator: &mut dyn Generator,
        random: &mut Rng,
        pace: Pace,
    ) {
        let mut earliest = time::now();
        // When the next operation begins. It is drawn once a thread is free.
        let mut start = None;
        let mut exhausted = false;
        loop {
            let now = time::now();
            let free = self.free();
            if let Pace::Rate { rate, end } = pace {
                exhausted |= rate <= 0.0 || now >= end;
            }
            // When to check again if no operation completes before.
            let mut wake = None;
            if !exhausted && !free.is_empty() {
                let begin = *start.get_or_insert_with(|| earliest.max(now));
                if begin <= now {
                    match generator.next(&free, random) {
                        Next::Invoke(thread, invocation) => {
                            self.begin(thread, invocation, generator);
                            earliest = begin + pace.gap(random);
                            start = None;
                            continue;
                        }
                        Next::Wait => {}
                        Next::WaitUntil(time) => wake = Some(time),
                        Next::Done => exhausted = true,
                    }
                } else {
                    wake = Some(begin);
                }
            }
            if exhausted && free.len() == self.threads.len() {
                return;
            }
            let timer = match pace {
                _ if exhausted => None,
                Pace::Rate { end, .. } => Some(wake.map_or(end, |wake| end.min(wake))),
                Pace::AtOnce => wake,
            };
            tokio::select! {
                biased;
                Some(completion) = self.completions.recv() => self.end(completion, generator),
                () = sleep_until(timer) => {}
            }
        }
    }

    /// Returns the free threads, starting with the one whose turn it is.
    fn free(&self) -> Vec<usize> {
        let count = self.threads.len();
        (self.turn..self.turn + count)
            .map(|thread| thread % count)
            .filter(|thread| !self.threads[*thread].busy)
            .collect()
    }

    fn begin(&mut self, thread: usize, invocation: Invocation, generator: &mut dyn Generator) {
        self.turn = thread + 1;
        let state = &mut self.threads[thread];
        state.busy = true;
        let process = Process::Client(state.process);
        let operation = self.context.recorder.begin(thread, process, &invocation);
        generator.update(&operation);
        state
            .work
            .send(invocation)
            .expect("workers outlive the interpreter");
    }

    fn end(&mut self, completion: Completion, generator: &mut dyn Generator) {
        let count = self.threads.len();
        let state = &mut self.threads[completion.thread];
        state.busy = false;
        let process = Process::Client(state.process);
        if completion.outcome.kind == Kind::Info {
            state.process += count;
        }
        let recorder = &self.context.recorder;
        let operation = recorder.end(process, &completion.invocation, completion.outcome);
        generator.update(&operation);
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        for thread in &self.threads {
            thread.task.abort();
        }
    }
}

impl Pace {
    fn gap(self, random: &mut Rng) -> Duration {
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::Rate { rate, .. } => {
                let seconds = random.f64() * 2.0 / rate;
                // A gap that doesn't fit in a `Duration` is longer than any run.
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
            }
        }
    }
}

/// Waits until `deadline`, or forever if there is none.
async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// A client thread, which runs operations and reports their outcomes.
struct Worker {
    thread: usize,
    node: NodeId,
    context: Rc<Context>,
}

impl Worker {
    async fn run(
        self,
        mut orders: mpsc::UnboundedReceiver<Invocation>,
        done: mpsc::UnboundedSender<Completion>,
    ) {
        let Context {
            options, workload, ..
        } = &*self.context;
        let mut client = None;
        while let Some(mut invocation) = orders.recv().await {
            let outcome = if workload.crashes(&invocation.f) {
                client = None;
                crash(&invocation)
            } else {
                let (connection, workload_client) = client.get_or_insert_with(|| {
                    (self.context.connect(&self.node), workload.client(options))
                });
                let result = workload_client.invoke(connection, &invocation).await;
                for (key, value) in connection.take_notes() {
                    invocation = invocation.with(key, value);
                }
                let outcome = outcome(result, &invocation, &**workload);
                if outcome.kind == Kind::Info && !workload.reusable() {
                    client = None;
                }
                outcome
            };
            let completion = Completion {
                thread: self.thread,
                invocation,
                outcome,
            };
            if done.send(completion).is_err() {
                return;
            }
        }
    }
}

/// Returns the outcome of an operation that crashes its client.
fn crash(invocation: &Invocation) -> Outcome {
    Outcome {
        kind: Kind::Info,
        value: invocation.value.clone(),
        error: None,
        exception: None,
    }
}

/// Returns the outcome of an operation with this result: see the table "From reply to operation
/// outcome" of the protocol.
fn outcome(
    result: Result<Value, RpcError>,
    invocation: &Invocation,
    workload: &dyn Workload,
) -> Outcome {
    let error = match result {
        Ok(value) => {
            return Outcome {
                kind: Kind::Ok,
                value,
                error: None,
                exception: None,
            };
        }
        Err(error) => error,
    };
    let indefinite = if workload.idempotent(&invocation.f) {
        Kind::Fail
    } else {
        Kind::Info
    };
    let (kind, text, exception) = match &error {
        RpcError::Timeout if workload.understands_errors() => {
            (indefinite, Value::keyword("net-timeout"), None)
        }
        RpcError::Error(error) if workload.understands_errors() => {
            let kind = if error.code.is_definite() {
                Kind::Fail
            } else {
                indefinite
            };
            let name = Value::keyword(error.code.name());
            (
                kind,
                Value::from(vec![name, error.text.as_str().into()]),
                None,
            )
        }
        _ => {
            let text = format!("indeterminate: {error}");
            (Kind::Info, text.into(), Some(exception(&error)))
        }
    };
    Outcome {
        kind,
        value: invocation.value.clone(),
        error: Some(text),
        exception,
    }
}

/// Returns the exception that a client ended with, as a map with its kind as `type`.
fn exception(error: &RpcError) -> Value {
    match error {
        RpcError::Timeout => Value::map([("type", Value::keyword("net-timeout"))]),
        RpcError::Error(error) => Value::map([
            ("type", Value::keyword("rpc-error")),
            ("code", error.code.number().into()),
            ("name", Value::keyword(error.code.name())),
            ("definite?", error.code.is_definite().into()),
            ("text", error.text.as_str().into()),
        ]),
        RpcError::Malformed { reason, body } => Value::map([
            ("type", Value::keyword("malformed-rpc-response")),
            ("reason", reason.as_str().into()),
            ("body", body.as_str().into()),
        ]),
    }
}
