//! The flags of a test, shared by all commands that run one.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser};
use mael::node::Handlers;
use mael_checkers::elle::models;
use mael_checkers::elle::rw_register::VersionSources;
use mael_checkers::linearizable;

use super::number;
use crate::engine::adversary::Adversary;
use crate::engine::latency::{Distribution, Latency};
use crate::engine::nemesis::Fault;
use crate::engine::starts;
use crate::simulation::Simulation;
use crate::test::{
    Concurrency, MOST_CLIENTS, MOST_NODES, Test, WorkloadOptions, check_node_names, node_names,
};
use crate::workloads::Topology;

/// Flags that were understood, but make no sense.
#[derive(Debug)]
pub struct BadArguments(String);

impl fmt::Display for BadArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadArguments {}

/// Makes the error of flags that make no sense.
pub fn bad(text: impl Into<String>) -> anyhow::Error {
    BadArguments(text.into()).into()
}

/// Whether findings of stricter checks are failures.
#[derive(Args, Clone, Copy, Debug)]
pub struct Strict {
    /// Fail, with exit status 1, if checks that are stricter than Maelstrom's find something, such
    /// as a reply that does not answer its request (on by default in simulation, glomers and demo;
    /// --strict=false turns it off)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    strict: Option<bool>,
}

impl Strict {
    /// What was asked for; this, if nothing was.
    pub fn or(self, default: bool) -> bool {
        self.strict.unwrap_or(default)
    }
}

/// What the order of the versions of registers is inferred from.
#[derive(Args, Clone, Copy, Debug)]
pub struct Versions {
    /// Infer the order of a register's versions in txn-rw-register from transactions that read one
    /// and write another: within a transaction, writes follow reads [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    wfr_keys: Option<bool>,

    /// Infer it also from the order of the transactions of each process: assumes that each key is
    /// sequentially consistent [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    sequential_keys: Option<bool>,

    /// Infer it also from the real-time order of transactions: assumes that each key is
    /// linearizable [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    linearizable_keys: Option<bool>,
}

impl Versions {
    /// The sources that are asked for; the others as they are in these.
    pub fn or(self, default: VersionSources) -> VersionSources {
        VersionSources {
            wfr_keys: self.wfr_keys.unwrap_or(default.wfr_keys),
            sequential_keys: self.sequential_keys.unwrap_or(default.sequential_keys),
            linearizable_keys: self.linearizable_keys.unwrap_or(default.linearizable_keys),
        }
    }
}

/// The flags of a test, with Maelstrom's names, meanings and defaults.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true, allow_negative_numbers = true)]
pub struct TestArgs {
    /// How many nodes: n0, n1, ...; replaces --nodes
    #[arg(long, value_name = "NUM", value_parser = node_count)]
    node_count: Option<usize>,

    /// The nodes' names, separated by commas
    #[arg(long, value_name = "LIST")]
    nodes: Option<String>,

    /// The name of one more node; may be repeated [default: n1 n2 n3 n4 n5]
    #[arg(short = 'n', long = "node", value_name = "NAME")]
    node: Vec<String>,

    /// A file with the name of a node on each line; they come first
    #[arg(long, value_name = "FILE")]
    nodes_file: Option<PathBuf>,

    /// How many clients work at the same time; 2n is twice the number of nodes
    #[arg(long, value_name = "NUMBER", default_value = "1n", value_parser = concurrency)]
    concurrency: Concurrency,

    /// Operations per second, over all clients; 0 for none
    #[arg(long, value_name = "RATE", default_value_t = 5.0, value_parser = not_negative)]
    pub rate: f64,

    /// How long operations are begun, in whole seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = whole_seconds)]
    pub time_limit: u64,

    /// The longest delay with which a node starts, in milliseconds; of nodes that are started together
    /// each has its own, uniform from 0 to this [default: 12 for each node but one; a simulation
    /// draws it from the seed, up to 500]
    #[arg(long, value_name = "MILLIS", value_parser = millis)]
    start_spread: Option<u64>,

    /// The mean delay of messages between servers, in milliseconds; messages of clients never wait
    /// behind those that are delayed, as they do on Maelstrom
    #[arg(long, value_name = "MILLIS", default_value_t = 0, value_parser = millis)]
    latency: u64,

    /// How delays are distributed: constant, uniform or exponential
    #[arg(long, value_name = "TYPE", default_value_t = Distribution::Constant)]
    latency_dist: Distribution,

    /// The probability that a message between servers is lost, from 0 to 1
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = share)]
    loss: f64,

    /// The probability that a message between servers is delivered twice, from 0 to 1; services
    /// too then take a request twice
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = share)]
    duplicate: f64,

    /// The probability that a message between servers is overtaken by later ones, from 0 to 1
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = share)]
    reorder: f64,

    /// How messages between servers are delayed on purpose, separated by commas: slow-link (one
    /// link at a time is slow for seconds), burst (messages are held up, then all travel at once),
    /// hold-back (one of those that are sent at one moment comes long after the others)
    /// [default: not at all]
    #[arg(long, value_name = "WAYS", default_value = "", hide_default_value = true,
          value_parser = list::<Adversary>)]
    adversary: List<Adversary>,

    /// By how much the nodes' clocks run too fast or too slow at most, as a share of true time,
    /// from 0 to below 1; each start of a node draws its speed; in simulation only
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = below_one)]
    clock_drift: f64,

    /// What is broken, separated by commas: partition, flap (partitions that come and go twenty
    /// times as fast), kill, pause, and in simulation crash (a node dies at any step, even while
    /// it starts, and comes up again at once) [default: nothing]
    #[arg(long, value_name = "FAULTS", default_value = "", hide_default_value = true,
          value_parser = list::<Fault>)]
    nemesis: List<Fault>,

    /// The mean time between two acts of the nemesis, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = above_zero)]
    pub nemesis_interval: f64,

    /// How long everything rests before the final operations, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = not_negative)]
    recovery: f64,

    /// The share of operations that must succeed: total, or a number from 0 to 1
    #[arg(long, value_name = "EXPECTED", value_parser = availability)]
    availability: Option<f64>,

    /// Who neighbours whom in broadcast: line, grid, tree, tree2, tree3, tree4 or total
    #[arg(long, value_name = "SPEC", default_value_t = Topology::Grid)]
    topology: Topology,

    /// What transactions must guarantee, separated by commas
    #[arg(long, value_name = "MODELS", default_value = "strict-serializable",
          value_parser = consistency_models)]
    consistency_models: Models,

    /// How many keys transactions and logs use at the same time [default: 10]
    #[arg(long, value_name = "INT", value_parser = positive)]
    key_count: Option<usize>,

    /// The most micro-operations of a transaction
    #[arg(long, value_name = "INT", default_value_t = 4, value_parser = positive)]
    max_txn_length: usize,

    /// The most writes to one key of a transaction or log
    #[arg(long, value_name = "INT", default_value_t = 16, value_parser = positive)]
    max_writes_per_key: usize,

    #[command(flatten)]
    versions: Versions,

    #[command(flatten)]
    checker_memory: CheckerMemory,

    /// Tell each message in the log when the network accepts it
    #[arg(long)]
    pub log_net_send: bool,

    /// Tell each message in the log when it is delivered
    #[arg(long)]
    pub log_net_recv: bool,

    #[command(flatten)]
    /// Whether findings of stricter checks are failures.
    pub strict: Strict,
}

/// How much memory a check may use: the flag of all commands that judge a history.
#[derive(Args, Clone, Copy, Debug)]
pub struct CheckerMemory {
    /// How much memory the check of linearizability may use for each key, in millions of bytes; it
    /// ends with unknown where that is not enough
    #[arg(long = "checker-memory", value_name = "MB", default_value_t = linearizable::MEMORY / MEGABYTE,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    megabytes: u64,
}

const MEGABYTE: u64 = 1_000_000;

impl CheckerMemory {
    /// The same in bytes.
    pub fn bytes(self) -> u64 {
        self.megabytes * MEGABYTE
    }
}

/// What is named in a list. (A type of its own, since clap takes a set for a flag that is
/// repeated.)
#[derive(Clone, Debug)]
struct List<T>(BTreeSet<T>);

/// Names of consistency models. (A type of its own, since clap takes a `Vec` for a flag that is
/// repeated.)
#[derive(Clone, Debug)]
pub struct Models(pub Vec<String>);

impl TestArgs {
    /// Reads a line of flags of `mael test`.
    pub fn of_line(flags: &str) -> Result<Self, clap::Error> {
        Self::of_words(flags.split_whitespace())
    }

    /// Reads flags of `mael test`.
    pub fn of_words<'a>(flags: impl IntoIterator<Item = &'a str>) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            test: TestArgs,
        }
        let words = std::iter::once("mael").chain(flags);
        Ok(Line::try_parse_from(words)?.test)
    }

    /// The test that these flags describe.
    pub fn to_test(&self, seed: u64) -> anyhow::Result<Test> {
        let nodes = self.node_names()?;
        let concurrency = self.concurrency.clients(nodes.len());
        if concurrency > MOST_CLIENTS {
            return Err(bad(format!(
                "--concurrency asks for more than {MOST_CLIENTS} clients"
            )));
        }
        Ok(Test {
            nodes,
            concurrency,
            rate: self.rate,
            time_limit: Duration::from_secs(self.time_limit),
            start_spread: self.start_spread,
            latency: Latency {
                mean: self.latency,
                distribution: self.latency_dist,
            },
            loss: self.loss,
            duplicate: self.duplicate,
            reorder: self.reorder,
            adversary: self.adversary.0.clone(),
            clock_drift: self.clock_drift,
            nemesis: self.nemesis.0.clone(),
            nemesis_interval: seconds("--nemesis-interval", self.nemesis_interval)?,
            availability: self.availability,
            recovery: seconds("--recovery", self.recovery)?,
            seed,
            log_net_send: self.log_net_send,
            log_net_recv: self.log_net_recv,
            strict: self.strict.or(Test::default().strict),
            options: WorkloadOptions {
                topology: self.topology,
                consistency_models: self.consistency_models.0.clone(),
                key_count: self.key_count,
                max_txn_length: self.max_txn_length,
                max_writes_per_key: self.max_writes_per_key,
                versions: self.versions.or(VersionSources::default()),
                checker_memory: self.checker_memory.bytes(),
                ..WorkloadOptions::default()
            },
        })
    }

    /// The test that these flags describe, for nodes that are processes.
    pub fn to_real_test(&self, seed: u64) -> anyhow::Result<Test> {
        let mut test = self.to_test(seed)?;
        let usual = || starts::of_processes(test.nodes.len());
        test.start_spread = Some(test.start_spread.unwrap_or_else(usual));
        if test.nemesis.contains(&Fault::Crash) {
            return Err(bad(
                "--nemesis crash needs nodes whose steps can be counted, which only simulation \
                 has: use kill",
            ));
        }
        if test.clock_drift > 0.0 {
            return Err(bad(
                "--clock-drift needs nodes whose clocks are virtual, which only simulation has",
            ));
        }
        Ok(test)
    }

    fn node_names(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        if let Some(path) = &self.nodes_file {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("can't read {}", path.display()))
                .map_err(|error| bad(format!("{error:#}")))?;
            names.extend(text.lines().map(|line| line.trim().to_owned()));
            names.retain(|name| !name.is_empty());
        }
        if let Some(count) = self.node_count {
            names.extend(node_names(count));
        } else if let Some(list) = &self.nodes {
            names.extend(list.split(',').map(|name| name.trim().to_owned()));
        }
        names.extend(self.node.iter().cloned());
        if names.is_empty() {
            return Ok(Test::default().nodes);
        }
        check_node_names(&names).map_err(bad)?;
        Ok(names)
    }
}

impl<N: Handlers> Simulation<N> {
    /// Takes all options of the test from a line of flags of `mael test`, such as `--node-count 5
    /// --rate 10`. Those that are not in it get their defaults.
    ///
    /// # Panics
    /// When a flag is not understood; tells why.
    #[must_use]
    #[track_caller]
    pub fn flags(self, flags: &str) -> Self {
        let args = TestArgs::of_line(flags).map_err(anyhow::Error::from);
        match args.and_then(|args| args.to_test(self.test.seed)) {
            Ok(test) => self.test(test),
            Err(reason) => panic!("{reason}"),
        }
    }
}

fn seconds(flag: &str, seconds: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| bad(format!("{flag} {seconds}: {error}")))
}

/// Reads a whole number above 0.
///
/// # Errors
/// When it is none.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number above 0".to_owned()),
        Ok(number) => Ok(number),
    }
}

fn node_count(text: &str) -> Result<usize, String> {
    match positive(text)? {
        count if count <= MOST_NODES => Ok(count),
        _ => Err(format!("there can be at most {MOST_NODES} nodes")),
    }
}

fn list<T: FromStr<Err = String> + Ord>(text: &str) -> Result<List<T>, String> {
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    names.map(str::parse).collect::<Result<_, _>>().map(List)
}

/// Reads a number of seconds.
pub fn whole_seconds(text: &str) -> Result<u64, String> {
    positive(text).map(|seconds| seconds as u64)
}

fn millis(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "must be a whole number of at least 0".to_owned())
}

fn not_negative(text: &str) -> Result<f64, String> {
    within(number::java(text), |number| number >= 0.0)
        .ok_or_else(|| "must be a number of at least 0, such as 10, 0.5 or 1/2".to_owned())
}

fn above_zero(text: &str) -> Result<f64, String> {
    // Less than half a nanosecond would be no time at all.
    let is_some = |number| Duration::try_from_secs_f64(number) != Ok(Duration::ZERO);
    within(number::clojure(text), |number| {
        number > 0.0 && is_some(number)
    })
    .ok_or_else(|| "must be a number above 0, such as 10, 0.5 or 1/2".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    within(number::java(text), is_share)
        .ok_or_else(|| "must be a number from 0 to 1, such as 0.5 or 1/2".to_owned())
}

fn below_one(text: &str) -> Result<f64, String> {
    within(number::java(text), |number| {
        is_share(number) && number < 1.0
    })
    .ok_or_else(|| "must be a number from 0 to below 1, such as 0.5 or 1/2".to_owned())
}

fn availability(text: &str) -> Result<f64, String> {
    match text {
        "total" => Ok(1.0),
        _ => within(number::clojure(text), is_share).ok_or_else(|| {
            "must be total, or a number from 0 to 1, such as 0.9 or 9/10".to_owned()
        }),
    }
}

fn is_share(number: f64) -> bool {
    (0.0..=1.0).contains(&number)
}

/// The number, if it is one that can be reckoned with and is right.
fn within(number: Option<f64>, is_right: impl Fn(f64) -> bool) -> Option<f64> {
    number.filter(|number| number.is_finite() && is_right(*number))
}

fn concurrency(text: &str) -> Result<Concurrency, String> {
    let (number, concurrency): (_, fn(usize) -> Concurrency) = match text.strip_suffix('n') {
        Some(number) => (number, Concurrency::PerNode),
        None => (text, Concurrency::Clients),
    };
    positive(number)
        .map(concurrency)
        .map_err(|_| "must be a whole number above 0, such as 10, or such as 2n".to_owned())
}

/// Reads names of consistency models, separated by commas.
///
/// # Errors
/// When there is no such model.
pub fn consistency_models(text: &str) -> Result<Models, String> {
    let names = text.split(',').map(str::trim);
    let known = names.map(|name| models::canonical(name).map(|_| name.to_owned()));
    known.collect::<Result<_, _>>().map(Models)
}
