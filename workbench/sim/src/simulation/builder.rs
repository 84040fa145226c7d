//! The options of simulations: those of `mael test`, and a few more.

use std::ffi::OsString;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use mael::StartupError;
use mael::node::Handlers;

use super::Simulation;
use crate::options::{Concurrency, Fault, Options, node_names};

impl<N: Handlers> Simulation<N> {
    /// Changes any option of the test. The methods below set the most common ones.
    ///
    /// # Panics
    /// Panics if the value of an option is invalid. The message lists valid values.
    #[must_use]
    #[track_caller]
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        if let Err(reason) = self.options.validate() {
            panic!("{reason}");
        }
        self
    }

    /// Sets the number of nodes, which are named `n0`, `n1`, and so on. The default is five nodes,
    /// `n1` to `n5`.
    ///
    /// # Panics
    /// Panics if the number is zero.
    #[must_use]
    #[track_caller]
    pub fn nodes(self, count: usize) -> Self {
        self.options(|options| options.nodes = node_names(count))
    }

    /// Sets the number of concurrent clients. The default is one per node.
    ///
    /// # Panics
    /// Panics if the number is zero.
    #[must_use]
    #[track_caller]
    pub fn concurrency(self, clients: usize) -> Self {
        self.options(|options| options.concurrency = Concurrency::Clients(clients))
    }

    /// Sets the number of concurrent clients for each node, as in `--concurrency 2n`.
    ///
    /// # Panics
    /// Panics if the number is zero.
    #[must_use]
    #[track_caller]
    pub fn clients_per_node(self, clients: usize) -> Self {
        self.options(|options| options.concurrency = Concurrency::PerNode(clients))
    }

    /// Sets the total number of operations per second of all clients. With 0, there are no
    /// operations.
    ///
    /// # Panics
    /// Panics if the rate is negative or not a number.
    #[must_use]
    #[track_caller]
    pub fn rate(self, per_second: f64) -> Self {
        self.options(|options| options.rate = per_second)
    }

    /// Sets the length of the main phase, in which clients invoke operations.
    #[must_use]
    #[track_caller]
    pub fn time_limit(self, limit: Duration) -> Self {
        self.options(|options| options.time_limit = limit)
    }

    /// Sets the maximum start delay of a node, in whole milliseconds. When nodes start together,
    /// each has its own delay, uniform from 0 to this maximum. By default, each seed draws a
    /// maximum of up to 500 ms.
    #[must_use]
    #[track_caller]
    pub fn start_spread(self, longest: Duration) -> Self {
        self.options(|options| options.start_spread = Some(whole_millis(longest)))
    }

    /// Sets the mean delay of messages between servers, in whole milliseconds.
    #[must_use]
    #[track_caller]
    pub fn latency(self, mean: Duration) -> Self {
        self.options(|options| options.latency = whole_millis(mean))
    }

    /// Sets the probability, from 0 to 1, that a message between servers is lost.
    ///
    /// # Panics
    /// Panics if the value is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn loss(self, probability: f64) -> Self {
        self.options(|options| options.loss = probability)
    }

    /// Sets the probability, from 0 to 1, that a message between servers is delivered twice. This
    /// includes requests to services.
    ///
    /// # Panics
    /// Panics if the value is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn duplicate(self, probability: f64) -> Self {
        self.options(|options| options.duplicate = probability)
    }

    /// Sets the probability, from 0 to 1, that a message between servers is delayed so that later
    /// ones overtake it.
    ///
    /// # Panics
    /// Panics if the value is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn reorder(self, probability: f64) -> Self {
        self.options(|options| options.reorder = probability)
    }

    /// Sets the faults that the nemesis injects during the main phase.
    #[must_use]
    #[track_caller]
    pub fn nemesis(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.options(|options| options.nemesis = faults.into_iter().collect())
    }

    /// Sets the mean time between two actions of the nemesis.
    ///
    /// # Panics
    /// Panics if the interval is zero.
    #[must_use]
    #[track_caller]
    pub fn nemesis_interval(self, interval: Duration) -> Self {
        self.options(|options| options.nemesis_interval = interval)
    }

    /// Sets the time without faults before the final operations. The default is 10 s.
    #[must_use]
    #[track_caller]
    pub fn recovery(self, rest: Duration) -> Self {
        self.options(|options| options.recovery = rest)
    }

    /// Sets the share of operations that must succeed, from 0 to 1. 1 is `--availability total`.
    ///
    /// # Panics
    /// Panics if the value is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn availability(self, expected: f64) -> Self {
        self.options(|options| options.availability = Some(expected))
    }

    /// Sets whether findings of [stricter checks](mael_checkers::stricter), such as a reply that
    /// does not match its request, fail a run. The default is true.
    #[must_use]
    #[track_caller]
    pub fn strict(self, strict: bool) -> Self {
        self.options(|options| options.strict = strict)
    }

    /// Sets options by flags of `mael test`, such as `--node-count 5 --rate 10`. Other options are
    /// not changed.
    ///
    /// # Panics
    /// Panics if a flag is unknown or its value is invalid, with the reason.
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

    /// Simulates one run with this seed.
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
        #[expect(clippy::reversed_empty_ranges, reason = "an empty range")]
        let none = 1..=0;
        self.seeds = first.zip(last).map_or(none, |(first, last)| first..=last);
        self
    }

    /// Lets each seed choose the faults and their strength. Each of these is present in half of the
    /// runs: the selected faults of the nemesis (default: partitions and pauses); the selected
    /// kinds of adversary (default: all); loss, reordering, drift, latency and start spread, each
    /// up to the given value (defaults: 0.1, 0.3, 0.1, 100 ms in any distribution, and 500 ms); and
    /// duplicates, up to the given value. In half of the runs, partitions have their own interval:
    /// the given one, or a twentieth of the nemesis interval if no fault is selected. Nodes are
    /// killed at steps in half of the runs that allow it. [`options_of`](Self::options_of) returns
    /// the options of a seed.
    #[must_use]
    pub fn swarm(mut self) -> Self {
        self.swarm = true;
        self
    }

    /// Reports a failing run without shrinking it to a minimal trace first, which may take some
    /// thousand runs.
    #[must_use]
    pub fn no_shrink(mut self) -> Self {
        self.shrinks = false;
        self
    }

    /// Runs each seed a second time with all bodies encoded as bytes, as between processes, and
    /// checks that both runs are equal. Without this, nodes of the same type send bodies to each
    /// other as values where this should make no difference. If the runs differ, the result is
    /// [`RunError::Encoding`](crate::engine::RunError::Encoding).
    #[must_use]
    pub fn encoded(mut self) -> Self {
        self.encoded = true;
        self
    }

    /// Allows nodes to panic. Without this, a panic in a handler, a method marked `#[init]` or
    /// `#[every]`, a task or a destructor fails the run, although the node continues. Panics of
    /// destructors that run because a node is killed are ignored, because a killed process runs no
    /// destructors.
    #[must_use]
    pub fn allow_panics(mut self) -> Self {
        self.allows_panics = true;
        self
    }

    /// Sets the number of threads that simulate seeds. The default is the number of cores. Results
    /// do not depend on it.
    ///
    /// # Panics
    /// Panics if the number is zero.
    #[must_use]
    #[track_caller]
    pub fn threads(mut self, count: usize) -> Self {
        assert!(count > 0, "there must be at least one thread");
        self.threads = Some(count);
        self
    }

    /// Sets the command-line arguments of the nodes, for nodes with their own flags.
    ///
    /// # Panics
    /// Panics if the node rejects the arguments, with the reason.
    #[must_use]
    #[track_caller]
    pub fn args<A: Into<OsString>>(self, args: impl IntoIterator<Item = A>) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        self.accepted_args(args).unwrap_or_else(|refusal| {
            panic!(
                "the node rejects its arguments: {}",
                refusal.text.trim_end()
            )
        })
    }

    /// Same as [`args`](Self::args), but returns the error.
    pub(crate) fn accepted_args(mut self, args: Vec<OsString>) -> Result<Self, StartupError> {
        self.args = args;
        N::check_args(&self.node_host(false))?;
        Ok(self)
    }

    /// Sets the log level of the nodes in every run. By default, they log warnings, except in runs
    /// that are traced, replayed or stored, where the environment variable `MAEL_LOG` sets the
    /// level (default: `info`).
    #[must_use]
    pub fn log_level(mut self, level: mael::LogLevel) -> Self {
        self.log_level = Some(level);
        self
    }

    /// Includes the journal of messages in the result of each run.
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
    fn each_method_sets_the_option_of_its_flag() {
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
    fn flags_do_not_change_other_options() {
        let options = new().rate(7.0).nodes(2).flags("--node-count 3").options;
        assert_eq!((options.rate, options.nodes.len()), (7.0, 3));
    }

    #[test]
    fn seeds_accepts_any_kind_of_range() {
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
    fn an_invalid_option_panics_when_it_is_set() {
        let _ = new().loss(f64::NAN);
    }

    #[test]
    #[should_panic(expected = "the node name \"c1\" begins with c")]
    fn nodes_cannot_have_names_of_clients() {
        let _ = new().options(|it| it.nodes = vec!["c1".to_owned()]);
    }
}
