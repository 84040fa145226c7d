//! Measures how long callers wait for the lock when the callers of all nodes contend for it.

use std::rc::Rc;

use mael::executor::LocalFuture;
use mael::lock::Transaction;
use mael::prelude::*;
use mael::time::{self, Duration, Instant};
use mael_checkers::Verdict;
use mael_history::{History, Kind, Value};
use mael_sim::engine::{Connection, Generator, Invocation, RpcError, once_per_thread};
use mael_sim::simulation::{ms, secs};
use mael_sim::workloads::{Client, Workload};
use mael_sim::{Options, rpc, simulate};

use crate::schedule::BACK_OFF;
use crate::values::{always_valid, natural};

/// The number of callers on each node.
const CALLERS: usize = 3;

/// The default deadline of a handler, after which its caller gets error 0 (timeout).
const DEADLINE: Duration = ms(4_500);

/// Callers also contend in the recovery phase, so that a wait can exceed [`DEADLINE`] in any run.
const RECOVERY: Duration = secs(5);

rpc! {
    /// The number of holds that a node's callers have had, and the longest wait for one.
    struct Tally = "tally" {} => TallyOk = "tally_ok" { turns: u64, longest_us: u64 }
}

/// A node with its own callers, each of which calls again as soon as its call returns.
#[node]
struct Contending {
    total: Lock<u64>,
    callers: Rc<[Caller; CALLERS]>,
}

#[derive(Default)]
struct Caller {
    called_at: Cell<Instant>,
    turns: Cell<u64>,
    longest: Cell<Duration>,
}

impl Caller {
    async fn call(&self, total: &Lock<u64>) {
        self.called_at.set(time::now());
        let count = async |total: &mut u64, _: &Transaction| {
            *total += 1;
            Ok(())
        };
        // The wait includes calls that failed.
        while total.update(count).await.is_err() {}
        self.turns.set(self.turns.get() + 1);
        self.longest.set(self.longest_until_now());
    }

    /// Includes a wait that is still in progress.
    fn longest_until_now(&self) -> Duration {
        self.longest.get().max(time::now() - self.called_at.get())
    }
}

#[handlers]
impl Contending {
    #[init]
    fn start(&self) {
        for caller in 0..CALLERS {
            let (total, callers) = (self.total.clone(), Rc::clone(&self.callers));
            mael::spawn(async move {
                loop {
                    callers[caller].call(&total).await;
                }
            });
        }
    }

    #[handler(type = "tally", reply("turns", "longest_us"))]
    fn tally(&self) -> (u64, u64) {
        let turns = self.callers.iter().map(|caller| caller.turns.get());
        let waits = self.callers.iter().map(Caller::longest_until_now);
        let longest = waits.max().unwrap_or_default();
        (turns.sum(), longest.as_micros() as u64)
    }
}

/// A workload that queries each node once, in the final phase.
#[derive(Clone, Copy)]
struct FinalTally;

impl Workload for FinalTally {
    fn name(&self) -> &'static str {
        "final-tally"
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(once_per_thread(0, Invocation::new("tally", Value::Nil)))
    }

    fn final_generator(&self, options: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let tally = Invocation::new("tally", Value::Nil).last();
        Some(Box::new(once_per_thread(options.nodes.len(), tally)))
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(*self)
    }

    fn check(&self, _: &Options, _: &History) -> Verdict {
        always_valid()
    }
}

impl Client for FinalTally {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        _: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let tally = connection.rpc(&Tally {}).await?;
            Ok(vec![tally.turns, tally.longest_us].into())
        })
    }
}

/// The number of holds of one node's callers, and the longest wait for one.
struct Node {
    turns: u64,
    longest: Duration,
}

/// Runs nodes with contending callers for `time`, under each seed.
fn run_contending(nodes: usize, latency: Duration, time: Duration, seeds: u64) -> Vec<Node> {
    let runs = simulate::<Contending>(FinalTally)
        .nodes(nodes)
        .time_limit(time)
        .latency(latency)
        .recovery(RECOVERY)
        .seeds(0..seeds)
        .run();
    let mut all = Vec::new();
    for run in runs {
        assert_eq!(run.record.error, None);
        for end in run.record.history.completions() {
            let (Kind::Ok, Value::List(tally)) = (end.kind, &end.value) else {
                panic!("a node did not reply: {end:?}");
            };
            all.push(Node {
                turns: natural(&tally[0]),
                longest: Duration::from_micros(natural(&tally[1])),
            });
        }
    }
    all
}

/// Asserts that no caller waits for longer than `limit`.
fn assert_longest_wait(limit: Duration, latency: Duration, time: Duration, seeds: u64) {
    for nodes in [2, 3] {
        let nodes_of_all_seeds = run_contending(nodes, latency, time, seeds);
        let longest = nodes_of_all_seeds.iter().map(|node| node.longest).max();
        println!("{nodes} nodes, {latency:?}: {longest:?} at the longest");
        assert!(longest < Some(limit), "{nodes} nodes: {longest:?}");
    }
}

#[test]
fn callers_get_the_lock_within_their_deadline_without_latency() {
    assert_longest_wait(DEADLINE, ms(0), secs(1), 1);
}

#[test]
fn callers_get_the_lock_within_their_deadline_at_30_ms() {
    assert_longest_wait(DEADLINE, ms(30), secs(20), 1);
}

#[test]
fn callers_get_the_lock_within_their_deadline_at_100_ms() {
    assert_longest_wait(DEADLINE, ms(100), secs(60), 1);
}

/// At this latency a round trip takes a second, and a hold with the pause after it more than four.
/// The holds of all other nodes may come first, so callers wait for longer than a handler's
/// deadline.
const LONG_LIMIT: Duration = ms(4 * 4_500);

#[test]
fn callers_get_the_lock_at_500_ms() {
    assert_longest_wait(LONG_LIMIT, ms(500), secs(120), 1);
}

#[test]
#[ignore = "takes a minute in an optimized build"]
fn callers_get_the_lock_in_longer_runs() {
    assert_longest_wait(DEADLINE, ms(0), secs(5), 10);
    assert_longest_wait(DEADLINE, ms(30), secs(60), 50);
    assert_longest_wait(DEADLINE, ms(100), secs(120), 100);
    assert_longest_wait(LONG_LIMIT, ms(500), secs(600), 100);
}

#[test]
fn a_node_without_contention_rarely_pauses() {
    let latency = ms(30);
    let alone = &run_contending(1, latency, secs(30), 1)[0];
    // A hold takes a round trip and is shared by all callers.
    let most = 30_000 / (2 * 30) * CALLERS as u64;
    assert!(alone.turns > most * 8 / 10, "{} of {most}", alone.turns);
    let pause = BACK_OFF + 2 * latency;
    assert!(
        alone.longest < pause + 4 * latency + ms(5),
        "{:?}",
        alone.longest
    );
}
