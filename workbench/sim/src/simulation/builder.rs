//! The options of simulations: those of `mael test`, and where the runs are made.

use std::ffi::OsString;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use mael::StartupError;
use mael::node::Handlers;

use super::Simulation;
use crate::options::{Concurrency, Fault, Options, node_names};

impl<N: Handlers> Simulation<N> {
    /// Changes any of the options of the test. The methods below set those that most tests need.
    ///
    /// # Panics
    /// When an option has a value that it can't have; says which values it can have.
    #[must_use]
    #[track_caller]
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        if let Err(reason) = self.options.validate() {
            panic!("{reason}");
        }
        self
    }

    /// Simulates this many nodes: `n0`, `n1`, and so on. Without it there are five, `n1` to `n5`.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn nodes(self, count: usize) -> Self {
        self.options(|options| options.nodes = node_names(count))
    }

    /// How many clients run at the same time; one per node by default.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn concurrency(self, clients: usize) -> Self {
        self.options(|options| options.concurrency = Concurrency::Clients(clients))
    }

    /// How many clients for each node run at the same time, as `--concurrency 2n` has it.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn clients_per_node(self, clients: usize) -> Self {
        self.options(|options| options.concurrency = Concurrency::PerNode(clients))
    }

    /// Operations per second, over all clients; 0 for none.
    ///
    /// # Panics
    /// When it is not a number of at least 0.
    #[must_use]
    #[track_caller]
    pub fn rate(self, per_second: f64) -> Self {
        self.options(|options| options.rate = per_second)
    }

    /// The length of the main phase, in which clients start operations.
    #[must_use]
    #[track_caller]
    pub fn time_limit(self, limit: Duration) -> Self {
        self.options(|options| options.time_limit = limit)
    }

    /// The longest delay with which a node starts, in whole milliseconds: of nodes that are started
    /// together each has its own, uniform from 0 to this. Without it each seed draws one up to
    /// 500 ms.
    #[must_use]
    #[track_caller]
    pub fn start_spread(self, longest: Duration) -> Self {
        self.options(|options| options.start_spread = Some(whole_millis(longest)))
    }

    /// The mean delay of messages between servers, in whole milliseconds.
    #[must_use]
    #[track_caller]
    pub fn latency(self, mean: Duration) -> Self {
        self.options(|options| options.latency = whole_millis(mean))
    }

    /// The probability, from 0 to 1, that a message between servers is lost.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn loss(self, probability: f64) -> Self {
        self.options(|options| options.loss = probability)
    }

    /// The probability, from 0 to 1, that a message between servers is delivered twice. This
    /// includes requests to services.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn duplicate(self, probability: f64) -> Self {
        self.options(|options| options.duplicate = probability)
    }

    /// The probability, from 0 to 1, that a message between servers is overtaken by later ones.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn reorder(self, probability: f64) -> Self {
        self.options(|options| options.reorder = probability)
    }

    /// The faults that are injected during the main phase.
    #[must_use]
    #[track_caller]
    pub fn nemesis(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.options(|options| options.nemesis = faults.into_iter().collect())
    }

    /// The mean time between two actions of the nemesis.
    ///
    /// # Panics
    /// When it is zero.
    #[must_use]
    #[track_caller]
    pub fn nemesis_interval(self, interval: Duration) -> Self {
        self.options(|options| options.nemesis_interval = interval)
    }

    /// How long all faults stop before the final operations; 10 s by default.
    #[must_use]
    #[track_caller]
    pub fn recovery(self, rest: Duration) -> Self {
        self.options(|options| options.recovery = rest)
    }

    /// The share of operations that must succeed, from 0 to 1; 1 is `--availability total`.
    ///
    /// # Panics
    /// When it is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn availability(self, expected: f64) -> Self {
        self.options(|options| options.availability = Some(expected))
    }

    /// Whether findings of [stricter checks](mael_checkers::stricter) make a run fail, such as a
    /// reply that does not answer its request; true by default.
    #[must_use]
    #[track_caller]
    pub fn strict(self, strict: bool) -> Self {
        self.options(|options| options.strict = strict)
    }

    /// Sets the options that these flags of `mael test` name, such as `--node-count 5 --rate 10`,
    /// and leaves the others as they are.
    ///
    /// # Panics
    /// When a flag is unknown or its value invalid; says why.
    #[cfg(feature = "command")]
    #[must_use]
    #[track_caller]
    pub fn flags(mut self, flags: &str) -> Self {
        let given = crate::options::Given::<crate::options::All>::parse(flags.split_whitespace());
        let options = given
            .map_err(|error| error.to_string())
            .and_then(|given| given.over(&self.options));
        self.options = options.unwrap_or_else(|reason| panic!("{reason}"));
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

    /// Lets each seed pick which faults there are, and how strong they are. Each is there in half
    /// of the runs: the faults of the nemesis and the ways of an adversary that are named (if none
    /// is: partitions and pauses, and all ways of an adversary), and loss, reordering, drift,
    /// latency and a spread of starts, each up to the value given, or else up to 0.1, 0.3, 0.1, 100
    /// ms in any distribution and 500 ms, and duplicates up to the value given. Partitions have the
    /// interval given, or else a twentieth of the nemesis' if no fault is named, in half of the
    /// runs, and nodes are killed at steps in half of those that allow it.
    /// [`options_of`](Self::options_of) returns what a seed picks.
    #[must_use]
    pub fn swarm(mut self) -> Self {
        self.swarm = true;
        self
    }

    /// Reports a failing run as it is. Without this it is shrunk to a minimal trace first, which
    /// may take some thousand runs.
    #[must_use]
    pub fn no_shrink(mut self) -> Self {
        self.shrinks = false;
        self
    }

    /// Runs each seed a second time with all bodies as bytes, as between processes, and checks that
    /// both runs are the same. A run without this carries what nodes of one type send each other as
    /// values where that changes nothing, which is what this checks; a difference makes the run
    /// [broken](crate::engine::RunError::Encoding).
    #[must_use]
    pub fn encoded(mut self) -> Self {
        self.encoded = true;
        self
    }

    /// Lets a run pass in which a node panics. Without this, a panic of a handler, of a method
    /// marked `#[init]` or `#[every]`, of a task or of a destructor fails the run, although the
    /// node lives on; panics of destructors that run because a node is killed don't count, as no
    /// process that is killed runs them.
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
    /// When the node refuses them: with its reason.
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

    /// The same, for a caller that reports the error itself.
    pub(crate) fn accepted_args(mut self, args: Vec<OsString>) -> Result<Self, StartupError> {
        self.args = args;
        N::check_args(&self.node_host(false))?;
        Ok(self)
    }

    /// The log level of the nodes, in every run. Without it they log warnings, and at the level of
    /// the environment variable `MAEL_LOG` (or else `info`) in runs that are traced, replayed or
    /// stored.
    #[must_use]
    pub fn log_level(mut self, level: mael::LogLevel) -> Self {
        self.log_level = Some(level);
        self
    }

    /// Returns the journal of messages with each run.
    #[must_use]
    pub fn journal(mut self) -> Self {
        self.journal = true;
        self
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use mael::prelude::*;

    use super::*;
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

    #[test]
    fn each_method_is_a_flag() {
        for (built, line) in [
            (new(), ""),
            (new().nodes(2), "--node-count 2"),
            (new().concurrency(7), "--concurrency 7"),
            (new().clients_per_node(2), "--concurrency 2n"),
            (new().rate(0.5), "--rate 0.5"),
            (new().time_limit(secs(9)), "--time-limit 9"),
            (new().start_spread(ms(40)), "--start-spread 40"),
            (new().latency(ms(30)), "--latency 30"),
            (new().loss(0.25), "--loss 0.25"),
            (new().duplicate(0.5), "--duplicate 0.5"),
            (new().reorder(1.0), "--reorder 1"),
            (
                new().nemesis([Fault::Pause, Fault::Kill]),
                "--nemesis kill,pause",
            ),
            (new().nemesis_interval(ms(300)), "--nemesis-interval 0.3"),
            (new().recovery(secs(1)), "--recovery 1"),
            (new().availability(0.9), "--availability 0.9"),
            (new().availability(1.0), "--availability total"),
            (new().strict(true), "--strict"),
            (new().strict(false), "--strict=false"),
            (
                new().options(|it| it.clock_drift = 0.25),
                "--clock-drift 0.25",
            ),
        ] {
            assert_eq!(built.options, new().flags(line).options, "{line}");
        }
    }

    #[test]
    fn flags_leave_other_options_as_they_are() {
        let options = new().rate(7.0).nodes(2).flags("--node-count 3").options;
        assert_eq!((options.rate, options.nodes.len()), (7.0, 3));
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
    #[should_panic(expected = "invalid value NaN for --loss: must be a number from 0 to 1")]
    fn an_invalid_option_panics_where_it_is_set() {
        let _ = new().loss(f64::NAN);
    }

    #[test]
    #[should_panic(expected = "the node name \"c1\" begins with c")]
    fn nodes_can_not_have_names_of_clients() {
        let _ = new().options(|it| it.nodes = vec!["c1".to_owned()]);
    }
}
