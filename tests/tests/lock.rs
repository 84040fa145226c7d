//! The lock as a node uses it, under faults and by the clock, in virtual time.

use std::ops::Range;

use mael::lock::{EntryId, protocol};
use mael::prelude::*;
use mael::runtime::LocalFuture;
use mael::time::{self, Duration, Instant};
use mael_workbench::engine::{
    Connection, Generator, Invocation, Next, RpcError, endless, once_per_thread,
};
use mael_workbench::history::{History, Kind, Operation};
use mael_workbench::simulation::{Simulated, Simulation, ms, secs};
use mael_workbench::workloads::{Client, Verdict, Workload};
use mael_workbench::{Fault, Test, Validity, Value, rpc, simulate};

// Part one: logs to which all clients append, each number once.

rpc! {
    /// Appends a number to a log.
    struct Append = "append" { key: u64, number: u64 } =>
        AppendOk = "append_ok" { offset: u64, runs: u64 }

    /// All numbers of a log, from the first on.
    struct Walk = "walk" { key: u64 } => WalkOk = "walk_ok" { numbers: Vec<u64> }
}

const KEYS: Range<u64> = 0..2;

/// How often a client walks the logs in the end, before it gives up.
const WALKS: usize = 60;

/// What a log's lock protects: the end of a chain.
#[mael::message]
#[derive(Clone, Default)]
struct Log {
    last: Option<EntryId<Entry>>,
    len: u64,
}

#[mael::message]
struct Entry {
    number: u64,
    offset: u64,
    before: Option<EntryId<Entry>>,
}

/// Keeps each log as a chain of entries below a lock.
#[node(rpc_timeout_ms = 150)]
struct Chained {
    #[lease(ms = 300)]
    logs: Locks<u64, Log>,
}

#[handlers]
impl Chained {
    #[handler(type = "append", reply("offset", "runs"))]
    async fn append(&self, key: u64, number: u64) -> mael::Result<(u64, u64)> {
        append(&self.logs.of(&key), number, Duration::ZERO).await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        walk(&self.logs.of(&key)).await
    }
}

/// Appends a number, at first only after a while. Tells its offset, and how often that was tried.
async fn append(lock: &Lock<Log>, number: u64, wait: Duration) -> mael::Result<(u64, u64)> {
    let runs = Cell::new(0);
    lock.with(async |log, hold| {
        runs.set(runs.get() + 1);
        if runs.get() == 1 {
            time::sleep(wait).await;
        }
        let entry = Entry {
            number,
            offset: log.len,
            before: log.last.clone(),
        };
        log.last = Some(hold.put(&entry).await?);
        log.len += 1;
        Ok((entry.offset, runs.get()))
    })
    .await
}

/// Follows the chain to its beginning. A chain that is not whole is a crash.
async fn walk(lock: &Lock<Log>) -> mael::Result<Vec<u64>> {
    let log = lock.peek().await?;
    let (mut numbers, mut next) = (Vec::new(), log.last);
    while let Some(id) = next {
        let entry = lock.get(&id).await?;
        numbers.push(entry.number);
        if entry.offset + numbers.len() as u64 != log.len {
            return Err(Error::crash(format!("{id:?} is at the wrong offset")));
        }
        next = entry.before;
    }
    if numbers.len() as u64 != log.len {
        return Err(Error::crash(format!("the chain is not {} long", log.len)));
    }
    numbers.reverse();
    Ok(numbers)
}

#[derive(Clone, Copy, Debug)]
struct Logs;

impl Workload for Logs {
    fn name(&self) -> &'static str {
        "logs"
    }

    fn generator(&self, _: &Test) -> Box<dyn Generator> {
        let mut number = 0_u64;
        Box::new(endless(move |random| {
            let key = random.u64(KEYS);
            if random.u8(..10) == 0 {
                return Invocation::new("walk", key);
            }
            number += 1;
            Invocation::new("append", vec![key, number])
        }))
    }

    fn final_generator(&self, test: &Test) -> Option<Box<dyn Generator>> {
        let walk = Invocation::new("walk", Value::Nil).last();
        Some(Box::new(once_per_thread(test.nodes.len(), walk)))
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(*self)
    }

    fn idempotent(&self, f: &str) -> bool {
        f == "walk"
    }

    fn check(&self, _: &Test, history: &History) -> Verdict {
        let mut explanation = Vec::new();
        for key in KEYS {
            explanation.extend(Account::of(history, key).wrongs());
        }
        for end in history.completions() {
            let error = end.error.iter().map(ToString::to_string);
            explanation.extend(error.filter(|error| error.contains(":crash")));
        }
        let valid = Validity::from(explanation.is_empty());
        Verdict {
            valid,
            results: Value::map([("valid?", valid.into())]),
            explanation,
        }
    }
}

impl Client for Logs {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            match &invocation.value {
                Value::List(append) => {
                    let (key, number) = (natural(&append[0]), natural(&append[1]));
                    let done = connection.rpc(&Append { key, number }).await?;
                    Ok(vec![key, number, done.offset, done.runs].into())
                }
                Value::Nil => {
                    let mut logs = Vec::new();
                    for key in KEYS {
                        let numbers = walk_until_answered(connection, key).await?;
                        logs.push((Value::from(key), numbers));
                    }
                    Ok(Value::Map(logs.into_iter().collect()))
                }
                key => {
                    let numbers = connection.rpc(&Walk { key: natural(key) }).await?.numbers;
                    Ok(Value::Map([(key.clone(), numbers.into())].into()))
                }
            }
        })
    }
}

/// A node that has not seen the entries needs a while to read them all.
async fn walk_until_answered(connection: &mut Connection, key: u64) -> Result<Value, RpcError> {
    let mut walks = 1;
    loop {
        match connection.rpc(&Walk { key }).await {
            Ok(log) => return Ok(log.numbers.into()),
            Err(RpcError::Error(error)) if error.code == ErrorCode::Crash => {
                return Err(RpcError::Error(error));
            }
            Err(error) if walks == WALKS => return Err(error),
            Err(_) => walks += 1,
        }
    }
}

/// What the clients know of one log.
struct Account<'a> {
    key: u64,
    /// The begins of all appends, with their ends.
    appends: Vec<(u64, Option<&'a Operation>)>,
    /// What walks saw, each with its begin.
    walks: Vec<(&'a Operation, Vec<u64>)>,
}

impl<'a> Account<'a> {
    fn of(history: &'a History, key: u64) -> Self {
        let (mut appends, mut walks) = (Vec::new(), Vec::new());
        for (begin, end) in history.pairs() {
            match &begin.value {
                Value::List(append) if natural(&append[0]) == key => {
                    appends.push((natural(&append[1]), end));
                }
                Value::List(_) => {}
                _ => {
                    let done = end.filter(|end| end.kind == Kind::Ok);
                    let Some(Value::Map(logs)) = done.map(|end| &end.value) else {
                        continue;
                    };
                    if let Some(numbers) = logs.get(&Value::from(key)) {
                        walks.push((begin, naturals(numbers)));
                    }
                }
            }
        }
        Self {
            key,
            appends,
            walks,
        }
    }

    fn wrongs(&self) -> Vec<String> {
        let Self {
            key,
            appends,
            walks,
        } = self;
        let Some((_, all)) = walks.iter().max_by_key(|(_, numbers)| numbers.len()) else {
            return vec![format!("nobody could walk log {key} in the end")];
        };
        let mut wrongs = Vec::new();
        if !walks.iter().any(|(begin, _)| begin.is_final) {
            wrongs.push(format!("nobody could walk log {key} in the end"));
        }
        for (begin, numbers) in walks {
            if !all.starts_with(numbers) {
                wrongs.push(format!("log {key}: {numbers:?} is no beginning of {all:?}"));
            }
            for (number, end) in appends {
                let Some(end) = end.filter(|end| end.kind == Kind::Ok) else {
                    continue;
                };
                if end.time < begin.time && !numbers.contains(number) {
                    wrongs.push(format!(
                        "log {key}: {number} is missing at {} ns",
                        begin.time
                    ));
                }
            }
        }
        for (number, end) in appends {
            let times = all.iter().filter(|found| *found == number).count();
            match end.map(|end| (end.kind, &end.value)) {
                _ if times > 1 => {
                    wrongs.push(format!("log {key}: {number} is there {times} times"));
                }
                Some((Kind::Ok, Value::List(done))) => {
                    let offset = natural(&done[2]) as usize;
                    if all.get(offset) != Some(number) {
                        wrongs.push(format!(
                            "log {key}: {number} is not at {offset}: it is lost"
                        ));
                    }
                }
                Some((Kind::Fail, _)) if times > 0 => {
                    wrongs.push(format!("log {key}: {number} is there, and had failed"));
                }
                _ => {}
            }
        }
        for number in all {
            if !appends.iter().any(|(appended, _)| appended == number) {
                wrongs.push(format!("log {key}: nobody has appended {number}"));
            }
        }
        wrongs
    }
}

fn natural(value: &Value) -> u64 {
    match value {
        Value::Int(number) => u64::try_from(*number).expect("it is not negative"),
        other => panic!("{other} is no number"),
    }
}

fn naturals(value: &Value) -> Vec<u64> {
    match value {
        Value::List(numbers) => numbers.iter().map(natural).collect(),
        other => panic!("{other} is no list"),
    }
}

/// Three nodes with four clients each, who append as fast as they may.
fn logs<N: mael::node::Handlers>() -> Simulation<N> {
    simulate::<N>(Logs)
        .nodes(3)
        .concurrency(12)
        .rate(60.0)
        .time_limit(secs(5))
        .nemesis_interval(secs(1))
}

/// The ways to make it hard, by name.
fn hardships<N: mael::node::Handlers>() -> [(&'static str, Simulation<N>); 8] {
    let everything = [Fault::Partition, Fault::Kill, Fault::Pause];
    let near = || logs().latency(ms(5));
    let rough = || near().loss(0.05).duplicate(0.1).reorder(0.2);
    [
        ("no faults", logs()),
        ("a long way", logs().latency(ms(30))),
        ("rough links", rough()),
        ("partitions", near().nemesis([Fault::Partition])),
        ("kills", near().nemesis([Fault::Kill])),
        ("pauses", near().nemesis([Fault::Pause])),
        ("all of the nemesis", near().nemesis(everything)),
        ("everything", rough().nemesis(everything)),
    ]
}

fn hardship<N: mael::node::Handlers>(name: &str) -> Simulation<N> {
    let mut all = hardships().into_iter();
    let found = all.find(|(hardship, _)| *hardship == name);
    found.expect("there is such a hardship").1
}

/// How often the worst came to pass in some runs.
#[derive(Debug, Default)]
struct Worst {
    lost: usize,
    unknown: usize,
}

impl Worst {
    fn of(runs: &[Simulated]) -> Self {
        let mut worst = Self::default();
        for run in runs {
            for end in run.record.history.completions() {
                let again = match &end.value {
                    Value::List(done) if end.f == "append" => {
                        end.kind == Kind::Ok && natural(&done[3]) > 1
                    }
                    _ => false,
                };
                worst.lost += usize::from(again);
                let unknown = |error: &Value| error.to_string().contains("others have committed");
                worst.unknown += usize::from(end.error.as_ref().is_some_and(unknown));
            }
        }
        worst
    }
}

/// Checks all hardships under as many seeds each, and tells how often the worst came to pass.
fn check_hardships(seeds: Range<u64>) -> Worst {
    let mut worst = Worst::default();
    for (name, simulation) in hardships::<Chained>() {
        let runs = simulation.seeds(seeds.clone()).run();
        for run in &runs {
            // Now and then all nodes are dead for so long that no append succeeds, which other
            // checkers mind.
            let mut wrongs = run.results.explanation.iter();
            let wrong = wrongs.find(|(checker, _)| *checker == "workload");
            assert_eq!(wrong, None, "{name}, seed {}", run.seed);
            assert_eq!(run.record.broken, None, "{name}, seed {}", run.seed);
        }
        let Worst { lost, unknown } = Worst::of(&runs);
        let count = runs.len();
        println!("{name}: {count} seeds, {lost} changes made again, {unknown} unknown");
        worst.lost += lost;
        worst.unknown += unknown;
    }
    worst
}

#[test]
fn no_update_is_lost_or_made_twice_under_any_hardship() {
    let worst = check_hardships(0..25);
    assert!(worst.lost > 0 && worst.unknown > 0, "{worst:?}");
}

#[test]
#[ignore = "it takes minutes, and is for an optimized build"]
fn no_update_is_lost_or_made_twice_under_any_hardship_for_longer() {
    for first in (25..1_525).step_by(100) {
        check_hardships(first..first + 100);
    }
}

/// Reads and writes, without a lock.
#[node(rpc_timeout_ms = 150)]
struct Unlocked {
    kv: LinKv,
}

#[handlers]
impl Unlocked {
    #[handler(type = "append", reply("offset", "runs"))]
    async fn append(&self, key: u64, number: u64) -> mael::Result<(u64, u64)> {
        append_unprotected(&self.kv, key, number).await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        Ok(self.kv.read(key).await?.unwrap_or_default())
    }
}

/// Keeps the lock beside what it is to protect.
#[node(rpc_timeout_ms = 150)]
struct LockedBeside {
    #[lease(ms = 300)]
    locks: Locks<u64, ()>,
    kv: LinKv,
}

#[handlers]
impl LockedBeside {
    #[handler(type = "append", reply("offset", "runs"))]
    async fn append(&self, key: u64, number: u64) -> mael::Result<(u64, u64)> {
        let lock = self.locks.of(&key);
        lock.with(async |(), _| append_unprotected(&self.kv, key, number).await)
            .await
    }

    #[handler(type = "walk", reply = "numbers")]
    async fn walk(&self, key: u64) -> mael::Result<Vec<u64>> {
        Ok(self.kv.read(key).await?.unwrap_or_default())
    }
}

async fn append_unprotected(kv: &LinKv, key: u64, number: u64) -> mael::Result<(u64, u64)> {
    let mut numbers: Vec<u64> = kv.read(key).await?.unwrap_or_default();
    numbers.push(number);
    kv.write(key, &numbers).await?;
    Ok((numbers.len() as u64 - 1, 1))
}

/// How many of some seeds find that updates were lost.
fn losing<N: mael::node::Handlers>(simulation: Simulation<N>) -> usize {
    let runs = simulation.seeds(0..10).run();
    let lost = |run: &&Simulated| {
        let mut wrongs = run.results.explanation.iter();
        wrongs.any(|(_, wrong)| wrong.contains("it is lost"))
    };
    runs.iter().filter(lost).count()
}

#[test]
fn without_a_lock_updates_are_lost() {
    assert_eq!(losing(hardship::<Unlocked>("a long way")), 10);
}

#[test]
fn a_lock_beside_the_data_is_enough_when_nobody_is_late() {
    assert_eq!(losing(logs::<LockedBeside>()), 0);
}

#[test]
fn a_lock_beside_the_data_loses_updates_when_holders_pause() {
    assert!(losing(hardship::<LockedBeside>("pauses")) > 0);
}

#[test]
fn a_lock_beside_the_data_loses_updates_when_messages_are_late() {
    assert!(losing(hardship::<LockedBeside>("rough links")) > 0);
}

// Part two: calls at set times, and what becomes of them.

rpc! {
    /// Adds a number to a list. Tells what it was, in which try, and when the first one began.
    struct Add = "add" { key: u64, number: u64, wait_ms: u64, then: &'static str } =>
        AddOk = "add_ok" { saw: Vec<u64>, runs: u64, acquired: u64 }

    /// The same with little patience.
    struct Hasty = "hasty" { key: u64, number: u64, wait_ms: u64, then: &'static str } =>
        HastyOk = "hasty_ok" { saw: Vec<u64>, runs: u64, acquired: u64 }

    /// The list.
    struct Peek = "peek" {} => PeekOk = "peek_ok" { numbers: Vec<u64> }

    /// Appends a number to a log, late.
    struct Link = "link" { number: u64, wait_ms: u64 } => LinkOk = "link_ok" { runs: u64 }

    /// The log.
    struct Chain = "chain" {} => ChainOk = "chain_ok" { numbers: Vec<u64> }

    /// Leaves the lock as somebody does who is killed while holding it.
    struct Abandon = "abandon" { holder: &'static str } => AbandonOk = "abandon_ok" {}
}

const LEASE: Duration = secs(1);

#[node]
struct Lists {
    #[lease(ms = LEASE.as_millis() as u64)]
    list: Lock<Vec<u64>>,
    #[lease(ms = LEASE.as_millis() as u64)]
    lists: Locks<u64, Vec<u64>>,
    #[lease(ms = LEASE.as_millis() as u64)]
    log: Lock<Log>,
    kv: LinKv,
}

/// A holder, as it stands in the register.
#[mael::message]
struct Holder {
    node: NodeId,
    nonce: String,
}

#[handlers]
impl Lists {
    #[handler(type = "add", reply("saw", "runs", "acquired"))]
    async fn add(
        &self,
        key: u64,
        number: u64,
        wait_ms: u64,
        then: String,
    ) -> mael::Result<(Vec<u64>, u64, u64)> {
        let lock = match key {
            0 => self.list.clone(),
            key => self.lists.of(&key),
        };
        let (runs, acquired) = (Cell::new(0), Cell::new(0));
        lock.with(async |list, _| {
            runs.set(runs.get() + 1);
            if runs.get() == 1 {
                acquired.set(micros());
                time::sleep(ms(wait_ms)).await;
            }
            let saw = list.clone();
            list.push(number);
            match &*then {
                "fail" => Err(Error::new(ErrorCode::Abort, "it fails")),
                "panic" => panic!("it panics"),
                "hang" => std::future::pending().await,
                _ => Ok((saw, runs.get(), acquired.get())),
            }
        })
        .await
    }

    #[handler(type = "hasty", reply("saw", "runs", "acquired"), deadline_ms = 350)]
    async fn hasty(
        &self,
        key: u64,
        number: u64,
        wait_ms: u64,
        then: String,
    ) -> mael::Result<(Vec<u64>, u64, u64)> {
        self.add(key, number, wait_ms, then).await
    }

    #[handler(type = "peek", reply = "numbers")]
    async fn peek(&self) -> mael::Result<Vec<u64>> {
        self.list.peek().await
    }

    #[handler(type = "link", reply = "runs")]
    async fn link(&self, number: u64, wait_ms: u64) -> mael::Result<u64> {
        let (_, runs) = append(&self.log, number, ms(wait_ms)).await?;
        Ok(runs)
    }

    #[handler(type = "chain", reply = "numbers")]
    async fn chain(&self) -> mael::Result<Vec<u64>> {
        walk(&self.log).await
    }

    #[handler(type = "abandon")]
    async fn abandon(&self, holder: NodeId) -> mael::Result<()> {
        let register = protocol::Register {
            owner: Some(Holder {
                node: holder,
                nonce: "an earlier start".to_owned(),
            }),
            epoch: 7,
            committed: 6,
            value: vec![1_u64],
        };
        self.kv.write("list", &register).await
    }
}

fn micros() -> u64 {
    time::now().as_nanos() / 1000
}

/// What a client does once.
#[derive(Clone, Copy, Debug)]
struct Play {
    node: usize,
    at: Duration,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Add(Change),
    Hasty(Change),
    Peek,
    Link(Change),
    Chain,
    Abandon(&'static str),
}

#[derive(Clone, Copy, Debug)]
struct Change {
    key: u64,
    number: u64,
    /// How long the lock is held at least, the first time.
    wait: Duration,
    then: &'static str,
}

/// Adds this number.
fn add(number: u64) -> Change {
    Change {
        key: 0,
        number,
        wait: Duration::ZERO,
        then: "succeed",
    }
}

impl Change {
    fn on(self, node: usize, at: Duration) -> Play {
        let what = What::Add(self);
        Play { node, at, what }
    }

    fn hasty_on(self, node: usize, at: Duration) -> Play {
        let what = What::Hasty(self);
        Play { node, at, what }
    }

    /// Appends the number to the log instead.
    fn link_on(self, node: usize, at: Duration) -> Play {
        let what = What::Link(self);
        Play { node, at, what }
    }

    fn holding(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    fn then(self, then: &'static str) -> Self {
        Self { then, ..self }
    }

    fn to(self, key: u64) -> Self {
        Self { key, ..self }
    }
}

fn peek(node: usize, at: Duration) -> Play {
    let what = What::Peek;
    Play { node, at, what }
}

fn chain(node: usize, at: Duration) -> Play {
    let what = What::Chain;
    Play { node, at, what }
}

fn abandon(holder: &'static str) -> Play {
    Play {
        node: 0,
        at: Duration::ZERO,
        what: What::Abandon(holder),
    }
}

/// What a call came to: when it was made and answered, and what the answer was. Times in
/// microseconds.
#[derive(Debug)]
struct Done {
    asked: u64,
    told: u64,
    numbers: Vec<u64>,
    runs: u64,
    acquired: u64,
}

impl Done {
    fn took(&self) -> Duration {
        Duration::from_micros(self.told - self.asked)
    }

    /// How long it waited for the lock.
    fn waited(&self) -> Duration {
        Duration::from_micros(self.acquired - self.asked)
    }
}

/// What came of all calls, in their order.
struct Played {
    results: Vec<Result<Done, String>>,
    /// The list in the end.
    numbers: Vec<u64>,
    /// How many compare-and-sets were sent.
    swaps: usize,
}

impl Played {
    fn done(&self, call: usize) -> &Done {
        self.results[call].as_ref().expect("the call succeeds")
    }
}

/// Two nodes, whose clients make these calls.
#[derive(Clone, Debug)]
struct Script {
    plays: Vec<Play>,
}

const NODES: usize = 2;

impl Script {
    fn run(self, latency: Duration, seed: u64) -> Played {
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
        for (begin, end) in run.record.history.pairs() {
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
            numbers: numbers.expect("the list can be read in the end"),
            swaps: swaps.count(),
        }
    }
}

/// Plays these calls on two nodes.
fn play(latency: Duration, plays: impl IntoIterator<Item = Play>) -> Played {
    let plays = plays.into_iter().collect();
    Script { plays }.run(latency, 0)
}

impl Workload for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn generator(&self, _: &Test) -> Box<dyn Generator> {
        let nodes = self.plays.iter().map(|play| play.node);
        let threads = nodes.enumerate().map(|(call, node)| call * NODES + node);
        Box::new(InOrder(threads.collect(), 0))
    }

    fn final_generator(&self, _: &Test) -> Option<Box<dyn Generator>> {
        let peek = Invocation::new("peek", Value::Nil).last();
        Some(Box::new(once_per_thread(1, peek)))
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(self.clone())
    }

    fn check(&self, _: &Test, _: &History) -> Verdict {
        Verdict {
            valid: Validity::True,
            results: Value::map([("valid?", Value::Bool(true))]),
            explanation: Vec::new(),
        }
    }
}

/// Gives each call to its thread.
struct InOrder(Vec<usize>, usize);

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
                    let done = connection.rpc(&change.add()).await?;
                    (done.saw, done.runs, done.acquired)
                }
                What::Hasty(change) => {
                    let Add {
                        key,
                        number,
                        wait_ms,
                        then,
                    } = change.add();
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
                    } = change.add();
                    let done = connection.rpc(&Link { number, wait_ms }).await?;
                    (Vec::new(), done.runs, 0)
                }
                What::Chain => (connection.rpc(&Chain {}).await?.numbers, 0, 0),
                What::Abandon(holder) => {
                    connection.rpc(&Abandon { holder }).await?;
                    (Vec::new(), 0, 0)
                }
            };
            let times = [asked, micros(), runs, acquired].map(Value::from);
            let numbers = Value::from(numbers);
            Ok(Value::List(times.into_iter().chain([numbers]).collect()))
        })
    }
}

impl Change {
    fn add(self) -> Add {
        Add {
            key: self.key,
            number: self.number,
            wait_ms: self.wait.as_millis() as u64,
            then: self.then,
        }
    }
}

impl Done {
    fn read(value: &Value) -> Self {
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
const NEAR: Duration = ms(10);
const ROUND_TRIP: Duration = ms(22);

/// The longest pause between two looks at a lock that somebody holds.
const BACK_OFF: Duration = ms(100);

#[test]
fn callers_of_one_node_share_a_hold() {
    let played = play(NEAR, (0..100).map(|number| add(number).on(0, secs(0))));
    assert_eq!(played.numbers.len(), 100);
    assert_eq!(played.swaps, 2);
}

#[test]
fn each_caller_sees_what_the_one_before_left() {
    let played = play(NEAR, (0..100).map(|number| add(number).on(0, secs(0))));
    for (before, number) in played.numbers.iter().enumerate() {
        let done = played.done(*number as usize);
        assert_eq!(done.numbers, played.numbers[..before]);
    }
}

#[test]
fn a_caller_alone_needs_two_compare_and_sets() {
    let played = play(NEAR, (0..10).map(|number| add(number).on(0, secs(number))));
    assert_eq!(played.swaps, 20);
}

#[test]
fn nodes_take_turns() {
    let both = (0..20).map(|number| add(number).on(number as usize % 2, ms(37 * number)));
    let played = play(NEAR, both);
    let mut numbers = played.numbers.clone();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert!(played.results.iter().all(Result::is_ok));
}

/// Three callers at once, the second of which comes to another end.
fn three_of_whom_one_will(then: &'static str) -> Played {
    let second = add(2).then(then).hasty_on(0, ms(1));
    play(NEAR, [add(1).on(0, ms(0)), second, add(3).on(0, ms(2))])
}

#[test]
fn an_error_discards_only_its_own_change() {
    let played = three_of_whom_one_will("fail");
    assert!(played.results[1].as_ref().unwrap_err().contains(":abort"));
    assert_eq!((played.numbers, played.swaps), (vec![1, 3], 2));
}

#[test]
fn a_panic_discards_only_its_own_change() {
    let played = three_of_whom_one_will("panic");
    assert!(played.results[1].as_ref().unwrap_err().contains(":crash"));
    assert_eq!((played.numbers, played.swaps), (vec![1, 3], 2));
}

#[test]
fn a_caller_that_is_cancelled_discards_only_its_own_change() {
    let played = three_of_whom_one_will("hang");
    assert!(played.results[1].as_ref().unwrap_err().contains(":timeout"));
    assert_eq!((played.numbers, played.swaps), (vec![1, 3], 2));
}

#[test]
fn peek_tells_the_last_committed_value_while_another_node_holds_the_lock() {
    let holder = add(2).holding(ms(800)).on(0, ms(100));
    let played = play(NEAR, [add(1).on(0, ms(0)), holder, peek(1, ms(400))]);
    assert_eq!(played.done(2).numbers, [1]);
    assert!(played.done(2).took() < ROUND_TRIP);
}

#[test]
fn peek_takes_no_lock() {
    let played = play(NEAR, (0..20).map(|call| peek(call % NODES, ms(0))));
    assert!(played.results.iter().all(Result::is_ok));
    assert_eq!(played.swaps, 0);
}

#[test]
fn the_locks_of_different_keys_do_not_wait_for_each_other() {
    let holder = add(1).to(1).holding(ms(800)).on(0, ms(0));
    let played = play(NEAR, [holder, add(2).to(2).on(1, ms(100))]);
    assert!(played.done(1).waited() < 2 * ROUND_TRIP);
}

/// How long a node waits for a lock that `holder` has left behind, under some seeds.
fn waits_for(holder: &'static str) -> Vec<Duration> {
    let wait = |seed| {
        let plays = vec![abandon(holder), add(2).on(1, ms(500))];
        let played = Script { plays }.run(NEAR, seed);
        assert_eq!(played.numbers, [1, 2]);
        played.done(1).waited()
    };
    (0..50).map(wait).collect()
}

#[test]
fn a_dead_holder_is_left_its_lease() {
    assert!(waits_for("n0").into_iter().all(|wait| wait >= LEASE));
}

#[test]
fn a_dead_holder_is_taken_over_within_a_back_off_and_a_round_trip_after_its_lease() {
    // The waiter's lease begins once it has read who holds the lock, which is one more round trip.
    let longest = ROUND_TRIP + LEASE + BACK_OFF + ROUND_TRIP;
    assert!(waits_for("n0").into_iter().all(|wait| wait <= longest));
}

#[test]
fn a_node_does_not_take_an_earlier_start_of_itself_for_itself() {
    assert!(waits_for("n1").into_iter().all(|wait| wait >= LEASE));
}

#[test]
fn an_acquisition_that_is_cancelled_in_flight_is_released() {
    // The hasty caller gives up while the reply to its acquisition is on its way.
    let hasty = add(1).hasty_on(0, ms(0));
    let played = play(ms(100), [hasty, add(2).on(1, ms(320))]);
    assert!(played.results[0].as_ref().unwrap_err().contains(":timeout"));
    assert!(played.done(1).waited() < LEASE);
    // Both have acquired and released the lock.
    assert_eq!((played.numbers, played.swaps), (vec![2], 4));
}

#[test]
fn a_holder_that_is_too_slow_runs_again_on_the_newest_value() {
    let slow = add(1).holding(LEASE * 2).on(0, ms(0));
    let played = play(NEAR, [slow, add(2).on(1, ms(100))]);
    assert_eq!(
        (played.done(0).runs, &*played.done(0).numbers),
        (2, &[2][..])
    );
    assert_eq!(played.numbers, [2, 1]);
}

#[test]
fn a_holder_that_is_not_waited_for_may_be_slow() {
    let slow = add(1).holding(LEASE * 2).on(0, ms(0));
    let played = play(NEAR, [slow]);
    assert_eq!(played.done(0).runs, 1);
}

#[test]
fn an_entry_that_is_written_after_its_hold_was_lost_is_in_nobodys_way() {
    let slow = add(1).holding(LEASE * 2).link_on(0, ms(0));
    let quick = add(2).link_on(1, ms(100));
    let played = play(NEAR, [slow, quick, chain(0, secs(5)), chain(1, secs(5))]);
    assert_eq!(played.done(0).runs, 2);
    assert_eq!(played.done(2).numbers, [2, 1]);
    assert_eq!(played.done(3).numbers, [2, 1]);
}
