//! The options of simulations: those of `mael test`, and where the runs are made.

use std::ffi::OsString;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use mael::StartupError;
use mael::node::Handlers;
use mael_checkers::elle::models;
use mael_checkers::elle::rw_register::VersionSources;

use super::Simulation;
use crate::engine::adversary::Adversary;
use crate::engine::latency::Distribution;
use crate::engine::nemesis::Fault;
use crate::test::{Concurrency, Test, check_node_names, node_names};
use crate::workloads::Topology;

impl<N: Handlers> Simulation<N> {
    /// Simulates this many nodes: `n0`, `n1`, and so on. Without it there are five, `n1` to `n5`.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn nodes(mut self, count: usize) -> Self {
        assert!(count > 0, "there must be at least one node");
        self.test.nodes = node_names(count);
        self
    }

    /// Simulates nodes of these names.
    ///
    /// # Panics
    /// When there are none, or a name can't be one of a node; tells why.
    #[must_use]
    #[track_caller]
    pub fn node_names<I: Into<String>>(mut self, names: impl IntoIterator<Item = I>) -> Self {
        self.test.nodes = names.into_iter().map(Into::into).collect();
        assert!(
            !self.test.nodes.is_empty(),
            "there must be at least one node"
        );
        if let Err(reason) = check_node_names(&self.test.nodes) {
            panic!("{reason}");
        }
        self
    }

    /// How many clients work at the same time; one per node by default.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn concurrency(mut self, clients: usize) -> Self {
        assert!(clients > 0, "there must be at least one client");
        self.concurrency = Concurrency::Clients(clients);
        self
    }

    /// How many clients for each node work at the same time, as `--concurrency 2n` has it.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn clients_per_node(mut self, clients: usize) -> Self {
        assert!(clients > 0, "there must be at least one client");
        self.concurrency = Concurrency::PerNode(clients);
        self
    }

    /// Operations per second, over all clients; 0 for none.
    ///
    /// # Panics
    /// When it is no number of at least 0.
    #[must_use]
    #[track_caller]
    pub fn rate(mut self, per_second: f64) -> Self {
        assert!(
            per_second.is_finite() && per_second >= 0.0,
            "the rate must be a number of at least 0, and not {per_second}"
        );
        self.test.rate = per_second;
        self
    }

    /// The length of the main phase, in which operations are begun.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.test.time_limit = limit;
        self
    }

    /// The longest delay with which a node starts, in whole milliseconds: of nodes that are started
    /// together each has its own, uniform from 0 to this. Without it each seed draws one up to
    /// 500 ms.
    #[must_use]
    pub fn start_spread(mut self, longest: Duration) -> Self {
        self.test.start_spread = Some(whole_millis(longest));
        self
    }

    /// The mean delay of messages between servers, in whole milliseconds.
    #[must_use]
    pub fn latency(mut self, mean: Duration) -> Self {
        self.test.latency.mean = whole_millis(mean);
        self
    }

    /// How the delays of messages between servers are distributed around their mean.
    #[must_use]
    pub fn latency_distribution(mut self, distribution: Distribution) -> Self {
        self.test.latency.distribution = distribution;
        self
    }

    /// The probability, from 0 to 1, that a message between servers is lost.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn loss(mut self, probability: f64) -> Self {
        self.test.loss = share("the probability of a loss", probability);
        self
    }

    /// The probability, from 0 to 1, that a message between servers is delivered twice. Services
    /// too then take a request twice.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn duplicate(mut self, probability: f64) -> Self {
        self.test.duplicate = share("the probability of a duplicate", probability);
        self
    }

    /// The probability, from 0 to 1, that a message between servers is overtaken by later ones.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn reorder(mut self, probability: f64) -> Self {
        self.test.reorder = share("the probability of a detour", probability);
        self
    }

    /// How messages between servers are delayed on purpose.
    #[must_use]
    pub fn adversary(mut self, ways: impl IntoIterator<Item = Adversary>) -> Self {
        self.test.adversary = ways.into_iter().collect();
        self
    }

    /// By how much the nodes' clocks run too fast or too slow at most, as a share of true time,
    /// from 0 to below 1; each start of a node draws its speed.
    ///
    /// # Panics
    /// When it is not from 0 to below 1.
    #[must_use]
    #[track_caller]
    pub fn clock_drift(mut self, most: f64) -> Self {
        assert!(
            (0.0..1.0).contains(&most),
            "the drift of clocks must be from 0 to below 1, and not {most}"
        );
        self.test.clock_drift = most;
        self
    }

    /// What is broken during the main phase.
    #[must_use]
    pub fn nemesis(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.test.nemesis = faults.into_iter().collect();
        self
    }

    /// The mean time between two acts of the nemesis.
    ///
    /// # Panics
    /// When it is no time at all.
    #[must_use]
    #[track_caller]
    pub fn nemesis_interval(mut self, interval: Duration) -> Self {
        assert!(
            !interval.is_zero(),
            "there must be time between two acts of the nemesis"
        );
        self.test.nemesis_interval = interval;
        self
    }

    /// How long everything rests before the final operations; 10 s by default.
    #[must_use]
    pub fn recovery(mut self, rest: Duration) -> Self {
        self.test.recovery = rest;
        self
    }

    /// The share of operations that must succeed, from 0 to 1.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn availability(mut self, expected: f64) -> Self {
        self.test.availability = Some(share("the availability", expected));
        self
    }

    /// All operations must succeed, as `--availability total` has it.
    #[must_use]
    pub fn total_availability(mut self) -> Self {
        self.test.availability = Some(1.0);
        self
    }

    /// Whether findings of [stricter checks](mael_checkers::stricter) make a run fail, such as a
    /// reply that does not answer its request; true by default.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.test.strict = strict;
        self
    }

    /// Who neighbours whom, for broadcast.
    #[must_use]
    pub fn topology(mut self, topology: Topology) -> Self {
        self.test.options.topology = topology;
        self
    }

    /// What transactions must guarantee, by the names of consistency models.
    ///
    /// # Panics
    /// When there is no such model; tells which there are.
    #[must_use]
    #[track_caller]
    pub fn consistency_models<M: Into<String>>(
        mut self,
        models: impl IntoIterator<Item = M>,
    ) -> Self {
        let models: Vec<String> = models.into_iter().map(Into::into).collect();
        for model in &models {
            if let Err(reason) = models::canonical(model) {
                panic!("{reason}");
            }
        }
        self.test.options.consistency_models = models;
        self
    }

    /// How many keys transactions and logs use at the same time.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn key_count(mut self, keys: usize) -> Self {
        assert!(keys > 0, "there must be at least one key");
        self.test.options.key_count = Some(keys);
        self
    }

    /// The most micro-operations of a transaction; 4 by default.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn max_txn_length(mut self, operations: usize) -> Self {
        assert!(operations > 0, "a transaction needs an operation");
        self.test.options.max_txn_length = operations;
        self
    }

    /// The most writes to one key of a transaction or log; 16 by default.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn max_writes_per_key(mut self, writes: usize) -> Self {
        assert!(writes > 0, "a key needs a write");
        self.test.options.max_writes_per_key = writes;
        self
    }

    /// What the order of the versions of registers is inferred from.
    #[must_use]
    pub fn versions(mut self, sources: VersionSources) -> Self {
        self.test.options.versions = sources;
        self
    }

    /// Tells each message on stderr when the network accepts it.
    #[must_use]
    pub fn log_net_send(mut self) -> Self {
        self.test.log_net_send = true;
        self
    }

    /// Tells each message on stderr when it is delivered.
    #[must_use]
    pub fn log_net_recv(mut self) -> Self {
        self.test.log_net_recv = true;
        self
    }

    /// Simulates one run, with this seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.seeds(seed..=seed)
    }

    /// Simulates a run for each of these seeds.
    #[must_use]
    pub fn seeds(mut self, seeds: impl RangeBounds<u64>) -> Self {
        let first = match seeds.start_bound() {
            Bound::Included(seed) => Some(*seed),
            Bound::Excluded(seed) => seed.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let last = match seeds.end_bound() {
            Bound::Included(seed) => Some(*seed),
            Bound::Excluded(seed) => seed.checked_sub(1),
            Bound::Unbounded => Some(u64::MAX),
        };
        #[expect(clippy::reversed_empty_ranges, reason = "no seed at all")]
        let none = 1..=0;
        self.seeds = first.zip(last).map_or(none, |(first, last)| first..=last);
        self
    }

    /// Has each seed pick which faults there are, and how strong they are. Each is there in half of
    /// the runs: those of the nemesis and of an adversary that are named (if none is named:
    /// partitions, flaps and pauses, and all ways of an adversary), loss, reordering, drift, latency
    /// and a spread of starts, each up to the value given, or else up to 0.1, 0.3, 0.1, 100 ms in any
    /// distribution and 500 ms, and duplicates up to the value given. [`test_of`](Self::test_of) says what a
    /// seed picks.
    #[must_use]
    pub fn swarm(mut self) -> Self {
        self.swarm = true;
        self
    }

    /// Tells of a run that fails as it is. Else it is reduced first to what it takes to fail, which
    /// may take some thousand runs, and told as a story.
    #[must_use]
    pub fn no_shrink(mut self) -> Self {
        self.shrinks = false;
        self
    }

    /// Runs each seed a second time with all bodies as bytes, as between processes, and checks that
    /// both runs are the same. A run without this carries what nodes of one type send each other as
    /// values where that changes nothing, which is what this checks; a difference makes the run
    /// [broken](crate::engine::Broken::Encoding).
    #[must_use]
    pub fn encoded(mut self) -> Self {
        self.encoded = true;
        self
    }

    /// Lets a run pass in which a node panics. Without this, a panic of a handler, of a method marked
    /// `#[init]` or `#[every]`, of a task or of a destructor fails the run, although the node lives
    /// on; panics of destructors that run because a node is killed don't count, as no process that is
    /// killed runs them.
    #[must_use]
    pub fn allow_panics(mut self) -> Self {
        self.allows_panics = true;
        self
    }

    /// How many threads simulate seeds at the same time; as many as there are cores by default.
    /// What the runs come to does not depend on it.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn threads(mut self, count: usize) -> Self {
        assert!(count > 0, "there must be at least one thread");
        self.threads = Some(count);
        self
    }

    /// The arguments of the node's program, for nodes with flags of their own.
    ///
    /// # Panics
    /// When the node refuses them; tells why.
    #[must_use]
    #[track_caller]
    pub fn args<A: Into<OsString>>(self, args: impl IntoIterator<Item = A>) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        self.accepted_args(args).unwrap_or_else(|refusal| {
            panic!(
                "the node refuses its arguments: {}",
                refusal.text.trim_end()
            )
        })
    }

    /// The same, for a caller who tells the refusal in a way of its own.
    pub(crate) fn accepted_args(mut self, args: Vec<OsString>) -> Result<Self, StartupError> {
        self.args = args;
        N::check_args(&self.node_host(false))?;
        Ok(self)
    }

    /// How much the nodes log, in every run. Without it they log trouble only, and what the environment
    /// variable `MAEL_LOG` asks for (or else `info`) in the runs that are told as a story, played from
    /// a plan, or stored.
    #[must_use]
    pub fn log_level(mut self, level: mael::LogLevel) -> Self {
        self.log_level = Some(level);
        self
    }

    /// Keeps the journal of messages.
    #[must_use]
    pub fn journal(mut self) -> Self {
        self.journal = true;
        self
    }

    /// Takes all options from `test`, and the number of clients too.
    pub(crate) fn test(mut self, test: Test) -> Self {
        self.concurrency = Concurrency::Clients(test.concurrency);
        self.test = test;
        self
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A number from 0 to 1.
#[track_caller]
fn share(what: &str, share: f64) -> f64 {
    assert!(
        (0.0..=1.0).contains(&share),
        "{what} must be from 0 to 1, and not {share}"
    );
    share
}

#[cfg(test)]
mod tests {
    use mael::prelude::*;

    use super::*;
    use crate::command::TestArgs;
    use crate::simulation::{ms, secs, simulate};
    use crate::workloads;

    #[node]
    struct Silent;

    #[handlers]
    impl Silent {
        #[handler(oneway)]
        fn hush(&self) {}
    }

    fn new() -> Simulation<Silent> {
        simulate::<Silent>(workloads::TxnListAppend)
    }

    /// The test that flags describe, for seed 3.
    fn flags(line: &str) -> Test {
        TestArgs::of_line(line).unwrap().to_test(3).unwrap()
    }

    #[test]
    fn each_method_is_a_flag() {
        for (built, line) in [
            (new(), ""),
            (new().nodes(2), "--node-count 2"),
            (new().node_names(["a", "b"]), "--nodes a,b"),
            (new().concurrency(7), "--concurrency 7"),
            (new().clients_per_node(2), "--concurrency 2n"),
            (
                new().nodes(3).clients_per_node(2),
                "--node-count 3 --concurrency 2n",
            ),
            (new().rate(0.5), "--rate 0.5"),
            (new().time_limit(secs(9)), "--time-limit 9"),
            (new().start_spread(ms(40)), "--start-spread 40"),
            (new().latency(ms(30)), "--latency 30"),
            (
                new().latency_distribution(Distribution::Uniform),
                "--latency-dist uniform",
            ),
            (new().loss(0.25), "--loss 0.25"),
            (new().duplicate(0.5), "--duplicate 0.5"),
            (new().reorder(1.0), "--reorder 1"),
            (
                new().adversary([Adversary::HoldBack, Adversary::Burst]),
                "--adversary burst,hold-back",
            ),
            (new().clock_drift(0.25), "--clock-drift 0.25"),
            (
                new().nemesis([Fault::Crash, Fault::Flap]),
                "--nemesis flap,crash",
            ),
            (
                new().nemesis([Fault::Pause, Fault::Kill]),
                "--nemesis kill,pause",
            ),
            (new().nemesis_interval(ms(300)), "--nemesis-interval 0.3"),
            (new().recovery(secs(1)), "--recovery 1"),
            (new().availability(0.9), "--availability 0.9"),
            (new().total_availability(), "--availability total"),
            (new().strict(true), ""),
            (new().strict(true), "--strict"),
            (new().strict(false), "--strict=false"),
            (new().topology(Topology::Tree3), "--topology tree3"),
            (
                new().consistency_models(["serializable", "PL-2"]),
                "--consistency-models serializable,PL-2",
            ),
            (new().key_count(3), "--key-count 3"),
            (new().max_txn_length(2), "--max-txn-length 2"),
            (new().max_writes_per_key(5), "--max-writes-per-key 5"),
            (
                new().versions(VersionSources {
                    wfr_keys: false,
                    sequential_keys: true,
                    linearizable_keys: true,
                }),
                "--wfr-keys=false --sequential-keys --linearizable-keys",
            ),
            (new().log_net_send(), "--log-net-send"),
            (new().log_net_recv(), "--log-net-recv"),
        ] {
            let flags = new().test(flags(line));
            assert_eq!(built.test_of(3), flags.test_of(3), "{line}");
        }
    }

    #[test]
    fn seeds_are_any_range() {
        let seeds = |range: &dyn Fn(Simulation<Silent>) -> Simulation<Silent>| range(new()).seeds;
        assert_eq!(seeds(&|it| it.seeds(2..5)), 2..=4);
        assert_eq!(seeds(&|it| it.seeds(2..=5)), 2..=5);
        assert_eq!(seeds(&|it| it.seeds(7..)), 7..=u64::MAX);
        assert_eq!(seeds(&|it| it.seed(9)), 9..=9);
        assert!(seeds(&|it| it.seeds(5..5)).is_empty());
        assert!(seeds(&|it| it.seeds(..0)).is_empty());
    }

    #[test]
    #[should_panic(expected = "the probability of a loss must be from 0 to 1, and not NaN")]
    fn what_makes_no_sense_is_refused_where_it_is_written() {
        let _ = new().loss(f64::NAN);
    }

    #[test]
    #[should_panic(expected = "the node name \"c1\" begins with c")]
    fn nodes_can_not_have_names_of_clients() {
        let _ = new().node_names(["c1"]);
    }
}
