//! Two nodes whose clients make calls at set times, and what becomes of them.

use mael::executor::LocalFuture;
use mael::time::{self, Duration, Instant};
use mael_checkers::Verdict;
use mael_history::{History, Kind, Value};
use mael_sim::engine::{Connection, Generator, Invocation, Next, RpcError, once_per_thread};
use mael_sim::simulation::{ms, secs};
use mael_sim::workloads::{Client, Workload};
use mael_sim::{Options, simulate};

use crate::calls::{Play, What};
use crate::lists::{Abandon, Add, Chain, Hasty, Link, Lists, Peek, Spoil, micros};
use crate::values::{natural, naturals, seen_as_valid};

/// What a call came to: when it was made and answered, and what the answer was. Times in
/// microseconds.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) asked: u64,
    pub(crate) told: u64,
    pub(crate) numbers: Vec<u64>,
    pub(crate) runs: u64,
    pub(crate) acquired: u64,
}

impl Done {
    pub(crate) fn took(&self) -> Duration {
        Duration::from_micros(self.told - self.asked)
    }

    /// How long it waited for the lock.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_micros(self.acquired - self.asked)
    }
}

/// What came of all calls, in their order.
pub(crate) struct Played {
    pub(crate) results: Vec<Result<Done, String>>,
    /// The list in the end; empty if it can't be read.
    pub(crate) numbers: Vec<u64>,
    /// How many compare-and-sets were sent.
    pub(crate) swaps: usize,
}

impl Played {
    pub(crate) fn done(&self, call: usize) -> &Done {
        self.results[call].as_ref().expect("the call succeeds")
    }
}

/// Two nodes, whose clients make these calls.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) plays: Vec<Play>,
}

pub(crate) const NODES: usize = 2;

impl Script {
    pub(crate) fn run(self, latency: Duration, seed: u64) -> Played {
        let calls = self.plays.len();
        let run = simulate::<Lists>(self)
            .nodes(NODES)
            .concurrency(calls * NODES)
            .rate(1e6)
            .time_limit(secs(20))
            .latency(latency)
            .journal()
            .run_seed(seed);
        assert_eq!(run.record.broken, None);
        let mut results: Vec<Option<Result<Done, String>>> = Vec::new();
        results.resize_with(calls, || None);
        let mut numbers = None;
        for (begin, end) in run.record.history.pairs().unwrap().list {
            let end = end.expect("it has ended");
            let result = match (end.kind, &end.error) {
                (Kind::Ok, _) => Ok(Done::read(&end.value)),
                (_, error) => Err(error.iter().map(ToString::to_string).collect()),
            };
            match &begin.value {
                Value::Nil => numbers = result.ok().map(|done| done.numbers),
                call => results[natural(call) as usize] = Some(result),
            }
        }
        let journal = String::from_utf8(run.journal).expect("the journal is text");
        let swaps = journal
            .lines()
            .filter(|line| line.contains(r#""type":"send""#) && line.contains(r#""type":"cas""#));
        Played {
            results: results.into_iter().flatten().collect(),
            numbers: numbers.unwrap_or_default(),
            swaps: swaps.count(),
        }
    }
}

/// Plays these calls on two nodes.
pub(crate) fn play(latency: Duration, plays: impl IntoIterator<Item = Play>) -> Played {
    let plays = plays.into_iter().collect();
    Script { plays }.run(latency, 0)
}

impl Workload for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        let nodes = self.plays.iter().map(|play| play.node);
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
        seen_as_valid()
    }
}

/// Gives each call to its thread.
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

impl Client for Script {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let what = match &invocation.value {
                Value::Nil => What::Peek,
                call => {
                    let play = self.plays[natural(call) as usize];
                    // The calls are given out within this time.
                    time::sleep_until(Instant::from_origin(secs(1) + play.at)).await;
                    play.what
                }
            };
            let asked = micros();
            let (numbers, runs, acquired) = match what {
                What::Add(change) => {
                    let done = connection.rpc(&change.request()).await?;
                    (done.saw, done.runs, done.acquired)
                }
                What::Hasty(change) => {
                    let Add {
                        key,
                        number,
                        wait_ms,
                        then,
                    } = change.request();
                    let hasty = Hasty {
                        key,
                        number,
                        wait_ms,
                        then,
                    };
                    let done = connection.rpc(&hasty).await?;
                    (done.saw, done.runs, done.acquired)
                }
                What::Peek => (connection.rpc(&Peek {}).await?.numbers, 0, 0),
                What::Link(change) => {
                    let Add {
                        number, wait_ms, ..
                    } = change.request();
                    let done = connection.rpc(&Link { number, wait_ms }).await?;
                    (Vec::new(), done.runs, 0)
                }
                What::Chain => (connection.rpc(&Chain {}).await?.numbers, 0, 0),
                What::Abandon(holder) => {
                    connection.rpc(&Abandon { holder }).await?;
                    (Vec::new(), 0, 0)
                }
                What::Spoil => {
                    connection.rpc(&Spoil {}).await?;
                    (Vec::new(), 0, 0)
                }
            };
            let times = [asked, micros(), runs, acquired].map(Value::from);
            let numbers = Value::from(numbers);
            Ok(Value::List(times.into_iter().chain([numbers]).collect()))
        })
    }
}

impl Done {
    pub(crate) fn read(value: &Value) -> Self {
        let Value::List(fields) = value else {
            panic!("{value} is what no client records");
        };
        let [asked, told, runs, acquired, numbers] = &fields[..] else {
            panic!("{value} is what no client records");
        };
        Self {
            asked: natural(asked),
            told: natural(told),
            runs: natural(runs),
            acquired: natural(acquired),
            numbers: naturals(numbers),
        }
    }
}

/// A latency, and the longest that a request and its reply take at it.
pub(crate) const NEAR: Duration = ms(10);
pub(crate) const ROUND_TRIP: Duration = ms(22);

/// The longest pause between two looks at a lock that somebody holds.
pub(crate) const BACK_OFF: Duration = ms(100);
