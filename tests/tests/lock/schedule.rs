//! Two nodes whose clients make calls at scheduled times, and the results of the calls.

use mael::executor::LocalFuture;
use mael::time::{self, Duration, Instant};
use mael_checkers::Verdict;
use mael_history::{History, Kind, Value};
use mael_sim::engine::{Connection, Generator, Invocation, Next, RpcError, once_per_thread};
use mael_sim::simulation::{ms, secs};
use mael_sim::workloads::{Client, Workload};
use mael_sim::{Options, simulate};

use crate::calls::{Action, ScheduledCall};
use crate::lists::{Abandon, Add, Chain, Corrupt, Link, Lists, Peek, ShortDeadline, micros};
use crate::values::{always_valid, natural, naturals};

/// A successful call: when it was made, when its reply arrived, and the reply. Times are in
/// microseconds.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) called: u64,
    pub(crate) replied: u64,
    pub(crate) numbers: Vec<u64>,
    pub(crate) runs: u64,
    pub(crate) acquired: u64,
}

impl Done {
    pub(crate) fn took(&self) -> Duration {
        Duration::from_micros(self.replied - self.called)
    }

    /// The time it waited for the lock.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_micros(self.acquired - self.called)
    }
}

/// The results of all calls, in the order of the schedule.
pub(crate) struct Outcome {
    pub(crate) results: Vec<Result<Done, String>>,
    /// The final list; empty if it can't be read.
    pub(crate) numbers: Vec<u64>,
    /// The number of compare-and-sets that were sent.
    pub(crate) swaps: usize,
}

impl Outcome {
    pub(crate) fn done(&self, call: usize) -> &Done {
        self.results[call].as_ref().expect("the call succeeds")
    }
}

/// A workload in which clients of two nodes make these calls.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) calls: Vec<ScheduledCall>,
}

pub(crate) const NODES: usize = 2;

impl Schedule {
    pub(crate) fn run(self, latency: Duration, seed: u64) -> Outcome {
        let count = self.calls.len();
        let run = simulate::<Lists>(self)
            .nodes(NODES)
            .concurrency(count * NODES)
            .rate(1e6)
            .time_limit(secs(20))
            .latency(latency)
            .journal()
            .run_seed(seed);
        assert_eq!(run.record.error, None);
        let mut results: Vec<Option<Result<Done, String>>> = Vec::new();
        results.resize_with(count, || None);
        let mut numbers = None;
        for (invoke, completion) in run.record.history.pairs().unwrap().list {
            let completion = completion.expect("the call has completed");
            let result = match (completion.kind, &completion.error) {
                (Kind::Ok, _) => Ok(Done::read(&completion.value)),
                (_, error) => Err(error.iter().map(ToString::to_string).collect()),
            };
            match &invoke.value {
                Value::Nil => numbers = result.ok().map(|done| done.numbers),
                call => results[natural(call) as usize] = Some(result),
            }
        }
        let journal = String::from_utf8(run.journal).expect("the journal is text");
        let swaps = journal
            .lines()
            .filter(|line| line.contains(r#""type":"send""#) && line.contains(r#""type":"cas""#));
        Outcome {
            results: results.into_iter().flatten().collect(),
            numbers: numbers.unwrap_or_default(),
            swaps: swaps.count(),
        }
    }
}

/// Runs these calls on two nodes.
pub(crate) fn run_calls(
    latency: Duration,
    calls: impl IntoIterator<Item = ScheduledCall>,
) -> Outcome {
    let calls = calls.into_iter().collect();
    Schedule { calls }.run(latency, 0)
}

impl Workload for Schedule {
    fn name(&self) -> &'static str {
        "schedule"
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        let nodes = self.calls.iter().map(|scheduled| scheduled.node);
        let threads = nodes.enumerate().map(|(call, node)| call * NODES + node);
        Box::new(InOrder(threads.collect(), 0))
    }

    fn final_generator(&self, _: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let peek = Invocation::new("peek", Value::Nil).last();
        Some(Box::new(once_per_thread(1, peek)))
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(self.clone())
    }

    fn check(&self, _: &Options, _: &History) -> Verdict {
        always_valid()
    }
}

/// Assigns each call to its thread.
pub(crate) struct InOrder(Vec<usize>, usize);

impl Generator for InOrder {
    fn next(&mut self, _: &[usize], _: &mut fastrand::Rng) -> Next {
        let Some(thread) = self.0.get(self.1) else {
            return Next::Done;
        };
        self.1 += 1;
        Next::Invoke(*thread, Invocation::new("call", self.1 as u64 - 1))
    }
}

impl Client for Schedule {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let action = match &invocation.value {
                Value::Nil => Action::Peek,
                call => {
                    let scheduled = self.calls[natural(call) as usize];
                    // All calls are invoked within the first second.
                    time::sleep_until(Instant::from_origin(secs(1) + scheduled.at)).await;
                    scheduled.action
                }
            };
            let called = micros();
            let (numbers, runs, acquired) = match action {
                Action::Add(change) => {
                    let done = connection.rpc(&change.request()).await?;
                    (done.saw, done.runs, done.acquired)
                }
                Action::ShortDeadline(change) => {
                    let Add {
                        key,
                        number,
                        wait_ms,
                        then,
                    } = change.request();
                    let short_deadline = ShortDeadline {
                        key,
                        number,
                        wait_ms,
                        then,
                    };
                    let done = connection.rpc(&short_deadline).await?;
                    (done.saw, done.runs, done.acquired)
                }
                Action::Peek => (connection.rpc(&Peek {}).await?.numbers, 0, 0),
                Action::Link(change) => {
                    let Add {
                        number, wait_ms, ..
                    } = change.request();
                    let done = connection.rpc(&Link { number, wait_ms }).await?;
                    (Vec::new(), done.runs, 0)
                }
                Action::Chain => (connection.rpc(&Chain {}).await?.numbers, 0, 0),
                Action::Abandon(holder) => {
                    connection.rpc(&Abandon { holder }).await?;
                    (Vec::new(), 0, 0)
                }
                Action::Corrupt => {
                    connection.rpc(&Corrupt {}).await?;
                    (Vec::new(), 0, 0)
                }
            };
            let times = [called, micros(), runs, acquired].map(Value::from);
            let numbers = Value::from(numbers);
            Ok(Value::List(times.into_iter().chain([numbers]).collect()))
        })
    }
}

impl Done {
    pub(crate) fn read(value: &Value) -> Self {
        let Value::List(fields) = value else {
            panic!("no client records {value}");
        };
        let [called, replied, runs, acquired, numbers] = &fields[..] else {
            panic!("no client records {value}");
        };
        Self {
            called: natural(called),
            replied: natural(replied),
            runs: natural(runs),
            acquired: natural(acquired),
            numbers: naturals(numbers),
        }
    }
}

/// A latency, and the maximum round-trip time at this latency.
pub(crate) const NEAR: Duration = ms(10);
pub(crate) const ROUND_TRIP: Duration = ms(22);

/// The maximum pause between two reads of a held lock.
pub(crate) const BACK_OFF: Duration = ms(100);
