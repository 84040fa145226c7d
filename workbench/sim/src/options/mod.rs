//! The options of a test, declared once for flags, stored runs, replay plans and builders.

mod adversary;
mod concurrency;
mod fault;
pub mod flags;
#[cfg(feature = "command")]
mod given;
mod latency;
mod nodes;
#[cfg(feature = "command")]
mod number;
#[cfg(feature = "command")]
mod parse;
mod seconds;
mod topology;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::time::Duration;

use mael_checkers::elle::models;
use mael_checkers::elle::rw_register::VersionSources;
use mael_checkers::kafka::SubVia;
use mael_checkers::linearizable;
use serde::{Deserialize, Serialize};

pub use adversary::Adversary;
pub use concurrency::Concurrency;
pub use fault::{Fault, KillAt};
#[cfg(feature = "command")]
pub use given::{All, Fields, Given};
pub use latency::{Distribution, Latency};
pub use nodes::{check_node_names, node_names};
pub use topology::Topology;

/// The maximum number of clients. Each has a task and an endpoint on the network.
const MAX_CLIENTS: usize = 100_000;

/// The maximum number of nodes. Each may be a process.
const MAX_NODES: usize = 10_000;

/// The maximum of `--checker-memory`, in megabytes.
const MAX_CHECKER_MEMORY: u64 = 1_000_000;

/// The options of a test, with the names, meanings and defaults of Maelstrom. They apply to real
/// and to simulated nodes.
///
/// Each field is the flag with the same name, and its documentation is the help of the flag. In
/// JSON, times without another unit are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "command", derive(clap::Args))]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Options {
    /// The names of the nodes
    #[cfg_attr(feature = "command", arg(skip))]
    pub nodes: Vec<String>,

    /// The number of concurrent clients; 2n is two for each node
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "NUMBER")
    )]
    pub concurrency: Concurrency,

    /// The total number of operations per second of all clients; with 0, there are no operations
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "RATE", value_parser = parse::number)
    )]
    pub rate: f64,

    /// The length of the main phase, in which clients invoke operations, in whole seconds
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Test",
            value_name = "SECONDS",
            value_parser = parse::whole_seconds
        )
    )]
    #[serde(with = "seconds")]
    pub time_limit: Duration,

    /// The maximum random start delay of each node, in milliseconds [default: 12 for each node but
    /// one; a simulation draws it from the seed, up to 500]
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "MILLIS")
    )]
    pub start_spread: Option<u64>,

    /// The mean delay of messages between servers, in milliseconds; unlike in Maelstrom, delayed
    /// messages don't hold up those of clients
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Network", value_name = "MILLIS")
    )]
    pub latency: u64,

    /// The distribution of delays: constant, uniform or exponential
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Network", value_name = "TYPE")
    )]
    pub latency_dist: Distribution,

    /// The probability that a message between servers is lost, from 0 to 1
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Faults", value_name = "PROBABILITY", value_parser = parse::number)
    )]
    pub loss: f64,

    /// The probability that a message between servers is delivered twice, from 0 to 1; this
    /// includes requests to services
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Faults", value_name = "PROBABILITY", value_parser = parse::number)
    )]
    pub duplicate: f64,

    /// The probability that a message between servers is delayed by up to 100 ms, or twice the
    /// mean latency if that is longer, so that later ones overtake it, from 0 to 1
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Faults", value_name = "PROBABILITY", value_parser = parse::number)
    )]
    pub reorder: f64,

    /// How an adversary delays messages between servers, separated by commas: slow-link (one link
    /// at a time is slow for several seconds), burst (messages are held back, then all sent at
    /// once), hold-back (one of the messages sent at the same time arrives long after the others)
    /// [default: none]
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Faults",
            value_name = "WAYS",
            value_parser = parse::set::<Adversary>
        )
    )]
    pub adversary: BTreeSet<Adversary>,

    /// The maximum drift of clocks as a share of true time, from 0 to below 1, in simulation only;
    /// each start of a node draws its own drift
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Faults", value_name = "SHARE", value_parser = parse::number)
    )]
    pub clock_drift: f64,

    /// The faults to inject, separated by commas: partition, kill, pause [default: none]
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Faults",
            value_name = "FAULTS",
            value_parser = parse::set::<Fault>
        )
    )]
    pub nemesis: BTreeSet<Fault>,

    /// The mean time between two actions of the nemesis, in seconds
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Faults",
            value_name = "SECONDS",
            value_parser = parse::exact_seconds
        )
    )]
    #[serde(with = "seconds")]
    pub nemesis_interval: Duration,

    /// The mean time between cutting and healing links, in seconds; with a short time, links flap
    /// [default: --nemesis-interval]
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Faults",
            value_name = "SECONDS",
            value_parser = parse::exact_seconds
        )
    )]
    #[serde(with = "seconds::option")]
    pub partition_interval: Option<Duration>,

    /// When nodes are killed: event (while they wait), or, in simulation only, step (between any
    /// two steps, even while they start; they are restarted soon after)
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Faults", value_name = "WHERE")
    )]
    pub kill_at: KillAt,

    /// The share of operations that must succeed: total, or a number from 0 to 1
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Test",
            value_name = "EXPECTED",
            value_parser = parse::availability
        )
    )]
    pub availability: Option<f64>,

    /// The time without faults before the final operations, in seconds; clock drift continues
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "SECONDS", value_parser = parse::seconds)
    )]
    #[serde(with = "seconds")]
    pub recovery: Duration,

    /// The seed of all random choices except those of the nodes
    #[cfg_attr(
        feature = "command",
        arg(
            long,
            help_heading = "Test",
            value_name = "NUMBER",
            hide_default_value = true
        )
    )]
    pub seed: u64,

    /// The topology sent to broadcast nodes: line, grid, tree, tree2, tree3, tree4 or total
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "SPEC")
    )]
    pub topology: Topology,

    /// The consistency models that transactions must satisfy, separated by commas
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Checkers", value_name = "MODELS", value_parser = parse::models)
    )]
    pub consistency_models: ConsistencyModels,

    /// The number of keys that transactions and logs use at the same time [default: 10]
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "INT")
    )]
    pub key_count: Option<usize>,

    /// The maximum number of micro-operations in a transaction
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "INT")
    )]
    pub max_txn_length: usize,

    /// The maximum number of writes to a key by transactions, or to a log
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Test", value_name = "INT")
    )]
    pub max_writes_per_key: usize,

    /// In txn-rw-register, infer the version order of a key from transactions that read one version
    /// and write another; assumes that writes follow reads
    #[cfg_attr(feature = "command", arg(long, help_heading = "Checkers"))]
    pub wfr_keys: bool,

    /// Also infer version orders from the order of transactions of each process; assumes that each
    /// key is sequentially consistent
    #[cfg_attr(feature = "command", arg(long, help_heading = "Checkers"))]
    pub sequential_keys: bool,

    /// Also infer version orders from the real-time order of transactions; assumes that each key is
    /// linearizable
    #[cfg_attr(feature = "command", arg(long, help_heading = "Checkers"))]
    pub linearizable_keys: bool,

    /// How the consumers of a recorded kafka history chose their keys: assign or subscribe. With
    /// subscribe, keys may be rebalanced between consumers, so poll-skip and nonmonotonic-poll are
    /// not failures
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Checkers", value_name = "WAY")
    )]
    pub sub_via: SubVia,

    /// Fail with exit status 1 if a check that is stricter than Maelstrom's finds something, such
    /// as a reply that does not match its request (enabled by default in simulation, glomers and
    /// demo; --strict=false disables it)
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Checkers", hide_default_value = true)
    )]
    pub strict: bool,

    /// The maximum memory of the linearizability checker for each key, in megabytes; if it is not
    /// enough, the verdict is unknown
    #[cfg_attr(
        feature = "command",
        arg(long, help_heading = "Checkers", value_name = "MB")
    )]
    pub checker_memory: u64,

    /// Log each message when the network accepts it
    #[cfg_attr(feature = "command", arg(long, help_heading = "Output"))]
    pub log_net_send: bool,

    /// Log each message when it is delivered
    #[cfg_attr(feature = "command", arg(long, help_heading = "Output"))]
    pub log_net_recv: bool,

    /// The flags of the workload's own, by name
    #[cfg_attr(feature = "command", arg(skip))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub workload_flags: BTreeMap<String, String>,
}

/// The names of consistency models.
// An alias, because clap's derive treats a field of type `Vec` as a repeated flag.
pub type ConsistencyModels = Vec<String>;

impl Default for Options {
    fn default() -> Self {
        let VersionSources {
            wfr_keys,
            sequential_keys,
            linearizable_keys,
        } = VersionSources::default();
        Self {
            nodes: (1..=5).map(|number| format!("n{number}")).collect(),
            concurrency: Concurrency::PerNode(1),
            rate: 5.0,
            time_limit: Duration::from_secs(60),
            start_spread: None,
            latency: 0,
            latency_dist: Distribution::default(),
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            adversary: BTreeSet::new(),
            clock_drift: 0.0,
            nemesis: BTreeSet::new(),
            nemesis_interval: Duration::from_secs(10),
            partition_interval: None,
            kill_at: KillAt::default(),
            availability: None,
            recovery: Duration::from_secs(10),
            seed: 0,
            topology: Topology::default(),
            consistency_models: vec!["strict-serializable".to_owned()],
            key_count: None,
            max_txn_length: 4,
            max_writes_per_key: 16,
            wfr_keys,
            sequential_keys,
            linearizable_keys,
            sub_via: SubVia::default(),
            strict: true,
            checker_memory: linearizable::MEMORY / MEGABYTE,
            log_net_send: false,
            log_net_recv: false,
            workload_flags: BTreeMap::new(),
        }
    }
}

const MEGABYTE: u64 = 1_000_000;

impl Options {
    /// Returns the number of concurrent clients.
    pub fn clients(&self) -> usize {
        self.concurrency.clients(self.nodes.len())
    }

    /// Returns the distribution of delays of messages between servers.
    pub fn latency(&self) -> Latency {
        Latency {
            mean: self.latency,
            distribution: self.latency_dist,
        }
    }

    /// Returns how the version order of registers is inferred.
    pub fn versions(&self) -> VersionSources {
        VersionSources {
            wfr_keys: self.wfr_keys,
            sequential_keys: self.sequential_keys,
            linearizable_keys: self.linearizable_keys,
        }
    }

    /// Returns the maximum memory of the linearizability checker for each key, in bytes.
    pub fn checker_memory_bytes(&self) -> u64 {
        self.checker_memory.saturating_mul(MEGABYTE)
    }

    /// Checks that a test can run with these options.
    ///
    /// # Errors
    /// Returns an error for the first option whose value is invalid. The message lists valid
    /// values.
    pub fn validate(&self) -> Result<(), String> {
        check_node_names(&self.nodes)?;
        for model in &self.consistency_models {
            models::canonical(model)?;
        }
        let share = |number: f64| (0.0..=1.0).contains(&number);
        let (nodes, clients) = (self.nodes.len(), self.clients());
        let any_rate = self.rate.is_finite() && self.rate >= 0.0;
        let any_drift = (0.0..1.0).contains(&self.clock_drift);
        let interval = self.nemesis_interval;
        let availability = self.availability.unwrap_or_default();
        let keys = self.key_count.unwrap_or(1);
        let (length, writes) = (self.max_txn_length, self.max_writes_per_key);
        expect_up_to("node-count", nodes, MAX_NODES)?;
        expect_up_to("concurrency", clients, MAX_CLIENTS)?;
        expect("rate", self.rate, any_rate, "a number of at least 0")?;
        expect("loss", self.loss, share(self.loss), FROM_0_TO_1)?;
        expect(
            "duplicate",
            self.duplicate,
            share(self.duplicate),
            FROM_0_TO_1,
        )?;
        expect("reorder", self.reorder, share(self.reorder), FROM_0_TO_1)?;
        expect(
            "clock-drift",
            self.clock_drift,
            any_drift,
            "a number from 0 to below 1",
        )?;
        let seconds = interval.as_secs_f64();
        expect("nemesis-interval", seconds, !interval.is_zero(), ABOVE_0)?;
        let interval = self.partition_interval.unwrap_or(interval);
        let seconds = interval.as_secs_f64();
        expect("partition-interval", seconds, !interval.is_zero(), ABOVE_0)?;
        expect(
            "availability",
            availability,
            share(availability),
            FROM_0_TO_1,
        )?;
        expect("key-count", keys, keys > 0, ABOVE_0)?;
        expect("max-txn-length", length, length > 0, ABOVE_0)?;
        expect("max-writes-per-key", writes, writes > 0, ABOVE_0)?;
        expect_up_to("checker-memory", self.checker_memory, MAX_CHECKER_MEMORY)
    }

    /// Returns a random number generator for one part of the run, so that its draws do not depend
    /// on those of other parts.
    pub(crate) fn random(&self, part: &str) -> fastrand::Rng {
        // FNV-1a, a hash that is the same on all platforms.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in part.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        fastrand::Rng::with_seed(self.seed ^ hash)
    }
}

const FROM_0_TO_1: &str = "a number from 0 to 1";
const ABOVE_0: &str = "above 0";

fn expect(option: &str, value: impl Display, is_valid: bool, expected: &str) -> Result<(), String> {
    if is_valid {
        return Ok(());
    }
    Err(format!(
        "invalid value {value} for --{option}: must be {expected}"
    ))
}

fn expect_up_to<T>(option: &str, value: T, max: T) -> Result<(), String>
where
    T: Copy + Display + PartialOrd + From<u8>,
{
    let is_valid = (T::from(1)..=max).contains(&value);
    expect(option, value, is_valid, &format!("from 1 to {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_out_of_range_is_rejected_by_name() {
        type Change = fn(&mut Options);
        let changes: [(Change, &str); 16] = [
            (
                |it| it.nodes.clear(),
                "invalid value 0 for --node-count: must be from 1 to 10000",
            ),
            (
                |it| it.nodes[0] = "c1".to_owned(),
                "the node name \"c1\" begins with c, as the names of clients do",
            ),
            (
                |it| it.concurrency = Concurrency::PerNode(usize::MAX),
                "must be from 1 to 100000",
            ),
            (
                |it| it.rate = f64::NAN,
                "invalid value NaN for --rate: must be a number of at least 0",
            ),
            (
                |it| it.loss = 1.5,
                "invalid value 1.5 for --loss: must be a number from 0 to 1",
            ),
            (
                |it| it.duplicate = -0.5,
                "invalid value -0.5 for --duplicate: must be a number from 0 to 1",
            ),
            (
                |it| it.reorder = f64::INFINITY,
                "invalid value inf for --reorder: must be a number from 0 to 1",
            ),
            (
                |it| it.clock_drift = 1.0,
                "invalid value 1 for --clock-drift: must be a number from 0 to below 1",
            ),
            (
                |it| it.nemesis_interval = Duration::ZERO,
                "invalid value 0 for --nemesis-interval: must be above 0",
            ),
            (
                |it| it.partition_interval = Some(Duration::ZERO),
                "invalid value 0 for --partition-interval: must be above 0",
            ),
            (
                |it| it.availability = Some(2.0),
                "invalid value 2 for --availability: must be a number from 0 to 1",
            ),
            (
                |it| it.key_count = Some(0),
                "invalid value 0 for --key-count: must be above 0",
            ),
            (
                |it| it.max_txn_length = 0,
                "invalid value 0 for --max-txn-length: must be above 0",
            ),
            (
                |it| it.max_writes_per_key = 0,
                "invalid value 0 for --max-writes-per-key: must be above 0",
            ),
            (
                |it| it.checker_memory = 0,
                "invalid value 0 for --checker-memory: must be from 1 to 1000000",
            ),
            (
                |it| it.consistency_models = vec!["strict".to_owned()],
                "unknown consistency model \"strict\"",
            ),
        ];
        assert_eq!(Options::default().validate(), Ok(()));
        for (change, reason) in changes {
            let mut options = Options::default();
            change(&mut options);
            let refused = options.validate().expect_err(reason);
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn options_round_trip_through_json() {
        let options = Options {
            concurrency: Concurrency::PerNode(2),
            recovery: Duration::from_nanos(312_500_001),
            loss: 0.1 + 0.2,
            nemesis: [Fault::Kill].into(),
            partition_interval: Some(Duration::from_millis(50)),
            kill_at: KillAt::Step,
            seed: u64::MAX,
            ..Options::default()
        };
        let json = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<Options>(&json).unwrap(), options);
        for (written, instead, reason) in [
            ("\"loss\"", "\"lost\"", "unknown field `lost`"),
            ("\"2n\"", "\"2m\"", "must be a whole number above 0"),
            ("0.312500001", "-1.0", "negative"),
        ] {
            let json = json.replacen(written, instead, 1);
            let refused = serde_json::from_str::<Options>(&json).unwrap_err();
            assert!(refused.to_string().contains(reason), "{refused}");
        }
    }
}
