//! What is to be run: the options of one test, the same for real and for simulated nodes.

use std::collections::BTreeSet;
use std::time::Duration;

use mael_checkers::elle::models;
use mael_checkers::elle::rw_register::VersionSources;
use mael_checkers::kafka::SubVia;
use mael_checkers::linearizable;
use mael_history::Value;
use serde::{Deserialize, Serialize};

use crate::engine::adversary::Adversary;
use crate::engine::latency::Latency;
use crate::engine::nemesis::Fault;
use crate::services;
use crate::workloads::Topology;

/// The options of one test, with Maelstrom's meanings and defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Test {
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// How many clients work at the same time.
    pub concurrency: usize,
    /// Operations per second, over all clients.
    pub rate: f64,
    /// The length of the main phase.
    pub time_limit: Duration,
    /// The longest delay, in milliseconds, with which a node starts. Of nodes that are started
    /// together each has a delay of its own, uniform from 0 to this; a single node starts at once.
    /// None is the default: a simulation draws it from the seed, up to 500 ms, and processes have
    /// 12 ms for each node but one, as in Maelstrom.
    pub start_spread: Option<u64>,
    /// The delay of messages between servers.
    pub latency: Latency,
    /// The probability, from 0 to 1, that a message between servers is lost.
    pub loss: f64,
    /// The probability, from 0 to 1, that a message between servers is delivered twice; the second
    /// copy takes a time of its own. Services too then take a request twice.
    pub duplicate: f64,
    /// The probability, from 0 to 1, that a message between servers takes a detour, so that later
    /// ones overtake it: up to 100 ms, or twice the mean latency if that is more.
    pub reorder: f64,
    /// How messages between servers are delayed on purpose.
    pub adversary: BTreeSet<Adversary>,
    /// By how much the nodes' clocks run too fast or too slow at most, as a share of true time,
    /// from 0 to below 1; in simulation only.
    pub clock_drift: f64,
    /// What is broken during the main phase.
    pub nemesis: BTreeSet<Fault>,
    /// The mean time between two acts of the nemesis.
    pub nemesis_interval: Duration,
    /// The share of operations that must succeed, from 0 to 1; None to not care.
    pub availability: Option<f64>,
    /// How long everything rests before the final operations. Then, and until the end, no message is
    /// lost, doubled, or delayed but for its latency; the nodes' clocks stay as they are.
    pub recovery: Duration,
    /// Every random draw of the run follows from this.
    pub seed: u64,
    /// Whether each message is told in the log when the network accepts it.
    pub log_net_send: bool,
    /// Whether each message is told in the log when it is delivered.
    pub log_net_recv: bool,
    /// Whether findings of [stricter checks](mael_checkers::stricter) make the run fail. `mael test`
    /// leaves that out, as Maelstrom does, unless it is given `--strict`.
    pub strict: bool,
    /// Options that only some workloads look at.
    pub options: WorkloadOptions,
}

/// Options that only some workloads look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct WorkloadOptions {
    /// Who neighbours whom, for broadcast.
    pub topology: Topology,
    /// What a transactional store must guarantee.
    pub consistency_models: Vec<String>,
    /// How many keys are in use at the same time.
    pub key_count: Option<usize>,
    /// The most micro-operations of a transaction.
    pub max_txn_length: usize,
    /// The most writes to one key.
    pub max_writes_per_key: usize,
    /// What the order of the versions of registers is inferred from.
    pub versions: VersionSources,
    /// How the consumers of a recorded history chose their keys.
    pub sub_via: SubVia,
    /// How much memory the check of linearizability may use for each key, in bytes.
    pub checker_memory: u64,
}

impl Default for Test {
    fn default() -> Self {
        Self {
            nodes: (1..=5).map(|number| format!("n{number}")).collect(),
            concurrency: 5,
            rate: 5.0,
            time_limit: Duration::from_secs(60),
            start_spread: None,
            latency: Latency::default(),
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            adversary: BTreeSet::new(),
            clock_drift: 0.0,
            nemesis: BTreeSet::new(),
            nemesis_interval: Duration::from_secs(10),
            availability: None,
            recovery: Duration::from_secs(10),
            seed: 0,
            log_net_send: false,
            log_net_recv: false,
            strict: true,
            options: WorkloadOptions::default(),
        }
    }
}

impl Default for WorkloadOptions {
    fn default() -> Self {
        Self {
            topology: Topology::default(),
            consistency_models: vec!["strict-serializable".to_owned()],
            key_count: None,
            max_txn_length: 4,
            max_writes_per_key: 16,
            versions: VersionSources::default(),
            sub_via: SubVia::default(),
            checker_memory: linearizable::MEMORY,
        }
    }
}

/// A number of clients, or of clients for each node.
#[derive(Clone, Copy, Debug)]
pub enum Concurrency {
    /// So many in all.
    Clients(usize),
    /// So many for each node.
    PerNode(usize),
}

impl Concurrency {
    /// How many clients there are with this many nodes.
    pub(crate) fn clients(self, nodes: usize) -> usize {
        match self {
            Self::Clients(count) => count,
            Self::PerNode(count) => count.saturating_mul(nodes),
        }
    }
}

/// How many clients there can be; each has a task and a place on the network.
pub(crate) const MOST_CLIENTS: usize = 100_000;

/// How many nodes there can be; each may be a process.
pub(crate) const MOST_NODES: usize = 10_000;

/// Whether nodes can have these names.
///
/// # Errors
/// When they can't; says why.
pub fn check_node_names(names: &[String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        let problem = match name.as_str() {
            "" => "is empty",
            _ if name.starts_with('c') => "begins with c, as the names of clients do",
            _ if services::NAMES.contains(&name.as_str()) => "is the name of a service",
            _ if name.contains(['/', '\0']) => "can't be part of a file's name",
            _ if !seen.insert(name) => "is there twice",
            _ => continue,
        };
        return Err(format!("the node name {name:?} {problem}"));
    }
    Ok(())
}

/// The names of nodes in a cluster of a given size: `n0`, `n1`, and so on.
pub fn node_names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

impl Test {
    /// Whether a test can be run with these options.
    ///
    /// # Errors
    /// At the first option whose value makes no sense; says which.
    pub(crate) fn check(&self) -> Result<(), String> {
        check_node_names(&self.nodes)?;
        for model in &self.options.consistency_models {
            models::canonical(model)?;
        }
        let is_share = |number: &f64| (0.0..=1.0).contains(number);
        let options = &self.options;
        for (option, is_right) in [
            ("nodes", (1..=MOST_NODES).contains(&self.nodes.len())),
            (
                "concurrency",
                (1..=MOST_CLIENTS).contains(&self.concurrency),
            ),
            ("rate", self.rate.is_finite() && self.rate >= 0.0),
            ("loss", is_share(&self.loss)),
            ("duplicate", is_share(&self.duplicate)),
            ("reorder", is_share(&self.reorder)),
            ("clock-drift", (0.0..1.0).contains(&self.clock_drift)),
            ("nemesis-interval", !self.nemesis_interval.is_zero()),
            ("availability", self.availability.iter().all(is_share)),
            ("key-count", options.key_count != Some(0)),
            ("max-txn-length", options.max_txn_length > 0),
            ("max-writes-per-key", options.max_writes_per_key > 0),
        ] {
            if !is_right {
                return Err(format!(
                    "the option {option} has a value that makes no sense"
                ));
            }
        }
        Ok(())
    }

    /// This test as a map, to be stored with its results.
    pub(crate) fn to_value(&self) -> Value {
        let names = |names: &[String]| Value::from(names.to_vec());
        fn listed<T: ToString>(all: &BTreeSet<T>) -> Value {
            let names: Vec<String> = all.iter().map(T::to_string).collect();
            names.into()
        }
        let options = &self.options;
        Value::map([
            ("nodes", names(&self.nodes)),
            ("concurrency", self.concurrency.into()),
            ("rate", self.rate.into()),
            ("time-limit", self.time_limit.as_secs_f64().into()),
            ("start-spread", self.start_spread.into()),
            ("latency", self.latency.mean.into()),
            ("latency-dist", self.latency.distribution.to_string().into()),
            ("loss", self.loss.into()),
            ("duplicate", self.duplicate.into()),
            ("reorder", self.reorder.into()),
            ("adversary", listed(&self.adversary)),
            ("clock-drift", self.clock_drift.into()),
            ("nemesis", listed(&self.nemesis)),
            (
                "nemesis-interval",
                self.nemesis_interval.as_secs_f64().into(),
            ),
            ("availability", self.availability.into()),
            ("recovery", self.recovery.as_secs_f64().into()),
            ("seed", self.seed.into()),
            ("strict", self.strict.into()),
            ("topology", options.topology.to_string().into()),
            ("consistency-models", names(&options.consistency_models)),
            ("key-count", options.key_count.into()),
            ("max-txn-length", options.max_txn_length.into()),
            ("max-writes-per-key", options.max_writes_per_key.into()),
            ("wfr-keys", options.versions.wfr_keys.into()),
            ("sequential-keys", options.versions.sequential_keys.into()),
            (
                "linearizable-keys",
                options.versions.linearizable_keys.into(),
            ),
        ])
    }

    /// The source of the random draws of one part of the run, so that what one part draws does
    /// not depend on how often another does.
    pub(crate) fn random(&self, part: &str) -> fastrand::Rng {
        // FNV-1a, a hash that is the same everywhere.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in part.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        fastrand::Rng::with_seed(self.seed ^ hash)
    }
}
