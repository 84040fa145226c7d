//! Nodes whose callers never stop, and how long each of them waits for its turn.

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

use crate::script::BACK_OFF;
use crate::values::{natural, seen_as_valid};

/// How many callers each node has.
const CALLERS: usize = 3;

/// How long a handler may take, unless its node says otherwise, before its caller is told error 0.
const DEADLINE: Duration = ms(4_500);

rpc! {
    /// How often a node's callers have had their turn, and the longest that one has waited for it.
    struct Tally = "tally" {} => TallyOk = "tally_ok" { turns: u64, longest_us: u64 }
}

/// A node with callers of its own, which call again as soon as they are answered.
#[node]
struct Restless {
    total: Lock<u64>,
    callers: Rc<[Caller; CALLERS]>,
}

#[derive(Default)]
struct Caller {
    asked: Cell<Instant>,
    turns: Cell<u64>,
    longest: Cell<Duration>,
}

impl Caller {
    async fn call(&self, total: &Lock<u64>) {
        self.asked.set(time::now());
        let count = async |total: &mut u64, _: &Transaction| {
            *total += 1;
            Ok(())
        };
        // After an error the wait goes on.
        while total.update(count).await.is_err() {}
        self.turns.set(self.turns.get() + 1);
        self.longest.set(self.longest_until_now());
    }

    /// A wait that is not over counts too.
    fn longest_until_now(&self) -> Duration {
        self.longest.get().max(time::now() - self.asked.get())
    }
}

#[handlers]
impl Restless {
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

/// Asks each node once, in the end.
#[derive(Clone, Copy)]
struct InTheEnd;

impl Workload for InTheEnd {
    fn name(&self) -> &'static str {
        "in the end"
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
        seen_as_valid()
    }
}

impl Client for InTheEnd {
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

/// How often the callers of one node had their turn, and the longest that one waited for it.
struct Node {
    turns: u64,
    longest: Duration,
}

/// Some nodes with restless callers, each for that long, under some seeds.
fn restless(nodes: usize, latency: Duration, time: Duration, seeds: u64) -> Vec<Node> {
    let runs = simulate::<Restless>(InTheEnd)
        .nodes(nodes)
        .time_limit(time)
        .latency(latency)
        .seeds(0..seeds)
        .run();
    let mut all = Vec::new();
    for run in runs {
        assert_eq!(run.record.broken, None);
        for end in run.record.history.completions() {
            let (Kind::Ok, Value::List(tally)) = (end.kind, &end.value) else {
                panic!("a node does not answer: {end:?}");
            };
            all.push(Node {
                turns: natural(&tally[0]),
                longest: Duration::from_micros(natural(&tally[1])),
            });
        }
    }
    all
}

/// Checks that no caller of any node ever waits for longer.
fn nobody_waits_for_longer_than(limit: Duration, latency: Duration, time: Duration, seeds: u64) {
    for nodes in [2, 3] {
        let nodes_of_all_seeds = restless(nodes, latency, time, seeds);
        let longest = nodes_of_all_seeds.iter().map(|node| node.longest).max();
        println!("{nodes} nodes, {latency:?}: {longest:?} at the longest");
        assert!(longest < Some(limit), "{nodes} nodes: {longest:?}");
    }
}

#[test]
fn each_node_has_its_turn_in_time_at_no_latency() {
    nobody_waits_for_longer_than(DEADLINE, ms(0), secs(1), 1);
}

#[test]
fn each_node_has_its_turn_in_time_at_30_ms() {
    nobody_waits_for_longer_than(DEADLINE, ms(30), secs(20), 1);
}

#[test]
fn each_node_has_its_turn_in_time_at_100_ms() {
    nobody_waits_for_longer_than(DEADLINE, ms(100), secs(60), 1);
}

/// A round trip takes a second here, and a turn with the rest after it more than four; those of all
/// other nodes come before one's own: callers must have more patience than handlers have.
const PATIENCE: Duration = ms(4 * 4_500);

#[test]
fn each_node_has_its_turn_at_500_ms() {
    nobody_waits_for_longer_than(PATIENCE, ms(500), secs(120), 1);
}

#[test]
#[ignore = "it takes a minute, and is for an optimized build"]
fn each_node_has_its_turn_for_longer() {
    nobody_waits_for_longer_than(DEADLINE, ms(0), secs(5), 10);
    nobody_waits_for_longer_than(DEADLINE, ms(30), secs(60), 50);
    nobody_waits_for_longer_than(DEADLINE, ms(100), secs(120), 100);
    nobody_waits_for_longer_than(PATIENCE, ms(500), secs(600), 100);
}

#[test]
fn a_node_that_is_alone_seldom_rests() {
    let latency = ms(30);
    let alone = &restless(1, latency, secs(30), 1)[0];
    // A hold takes a round trip, and all callers share it.
    let most = 30_000 / (2 * 30) * CALLERS as u64;
    assert!(alone.turns > most * 8 / 10, "{} of {most}", alone.turns);
    let rest = BACK_OFF + 2 * latency;
    assert!(
        alone.longest < rest + 4 * latency + ms(5),
        "{:?}",
        alone.longest
    );
}
