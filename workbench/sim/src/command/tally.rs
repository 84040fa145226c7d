//! The summary of a sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use mael_history::text::counted;

use crate::Exit;
use crate::simulation::failure::{self, Failure};
use crate::simulation::{ReplayPlan, Simulate, Simulated, inconclusive};

/// The number of failing seeds that are reported in full.
const EXPLAINED: usize = 3;

/// The number of failing seeds that are listed. Others are only counted.
const LISTED: usize = 20;

/// The part of one run that the summary of a sweep needs.
pub(crate) struct Outcome {
    operations: usize,
    messages: u64,
    simulated: Duration,
    digest: Option<(u64, String)>,
    failure: Option<Failure>,
    /// The seed and whether it replays exactly, if this is the first seed.
    replays: Option<(u64, bool)>,
}

/// The summary of the runs of a sweep so far. Its size does not grow with the number of runs.
#[derive(Default)]
pub(crate) struct Tally {
    seeds: u64,
    operations: usize,
    messages: u64,
    simulated: Duration,
    failed: u64,
    /// The number of inconclusive runs.
    inconclusive: u64,
    /// The first seed and whether it replays exactly. `None` if it was not run.
    replays: Option<(u64, bool)>,
    /// The number of failures of each kind.
    kinds: BTreeMap<String, u64>,
    /// The first failing runs, followed by the first inconclusive runs, by seed.
    failures: BTreeMap<(bool, u64), Failure>,
    /// The digests by seed, if enabled.
    digests: BTreeMap<u64, String>,
}

impl Outcome {
    /// Simulates and checks a seed. The first seed of a sweep is simulated twice.
    pub(crate) fn new(simulation: &dyn Simulate, seed: u64, is_first: bool, digest: bool) -> Self {
        let run = &simulation.run_test(simulation.options_of(seed), digest || is_first);
        let failure = if is_first {
            Failure::of_first(simulation, run)
        } else {
            Failure::of(simulation, run, None)
        };
        let diverges = failure.as_ref().is_some_and(|it| it.divergence.is_some());
        Self {
            replays: is_first.then_some((seed, !diverges)),
            operations: run.record.history.invocations().count(),
            messages: run.record.net.all().send,
            simulated: run.record.took,
            digest: digest.then(|| (run.seed, digest_line(run))),
            failure,
        }
    }
}

impl Tally {
    /// Counts a run.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.operations += outcome.operations;
        self.messages += outcome.messages;
        self.simulated += outcome.simulated;
        self.digests.extend(outcome.digest);
        self.replays = self.replays.or(outcome.replays);
        let Some(failure) = outcome.failure else {
            return;
        };
        if failure.is_inconclusive() {
            self.inconclusive += 1;
        } else {
            self.failed += 1;
            for kind in kinds(&failure) {
                *self.kinds.entry(kind.to_owned()).or_default() += 1;
            }
        }
        let place = (failure.is_inconclusive(), failure.seed);
        self.failures.insert(place, failure);
        if self.failures.len() > LISTED {
            self.failures.pop_last();
        }
    }

    /// Returns the number of runs.
    pub(crate) fn seeds(&self) -> u64 {
        self.seeds
    }

    /// Returns the number of failing runs.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the names of all anomalies.
    pub(crate) fn anomalies(&self) -> BTreeSet<String> {
        self.kinds.keys().cloned().collect()
    }

    /// Returns a note that the first seed replays exactly, if it does. Otherwise, it is among the
    /// failures.
    pub(crate) fn replays(&self) -> Option<String> {
        let (seed, exactly) = self.replays?;
        exactly.then(|| format!("seed {seed} replays exactly"))
    }

    /// Returns the digests, with one line for each seed.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &String> {
        self.digests.values()
    }

    /// Reports the failing seeds: the first few in full, and the others in one line each. The first
    /// run is shrunk, and `save` stores it and returns how to replay it. Inconclusive seeds are
    /// reported in one line each.
    ///
    /// # Errors
    /// Returns the errors of `save`.
    pub(crate) fn failures(
        &self,
        simulation: &dyn Simulate,
        save: impl Fn(&ReplayPlan) -> anyhow::Result<String>,
    ) -> anyhow::Result<Vec<String>> {
        let mut reports = Vec::new();
        let mut lines = 0;
        for (place, failure) in self.failures.values().enumerate() {
            if place >= EXPLAINED || failure.is_inconclusive() {
                let gap = if lines == 0 { "\n" } else { "" };
                lines += 1;
                reports.push(format!("{gap}{}", failure.line(simulation)));
                continue;
            }
            let shrunk = (place == 0).then(|| failure.shrink(simulation)).flatten();
            let text = failure::explain(simulation, failure, shrunk.as_ref());
            let saved = match &shrunk {
                Some(Ok(shrunk)) => format!("\n{}", save(&shrunk.plan)?),
                _ => String::new(),
            };
            reports.push(format!("\n{text}{saved}"));
        }
        let more = self.failed + self.inconclusive - self.failures.len() as u64;
        reports.extend((more > 0).then(|| format!("and {more} more")));
        Ok(reports)
    }

    /// Returns the exit status of the first failing run, or unknown if most runs are inconclusive.
    pub(crate) fn exit(&self) -> Exit {
        match self.failures.values().next() {
            Some(failure) if !failure.is_inconclusive() => failure.exit,
            _ if inconclusive::are_too_many(self.inconclusive, self.seeds) => Exit::Unknown,
            _ => Exit::Valid,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} s simulated, {}, {}; {} failed",
            self.simulated.as_secs_f64(),
            counted(self.operations as u64, "operation"),
            counted(self.messages, "message"),
            self.failed
        )?;
        let kinds = self.kinds.iter();
        let kinds: Vec<String> = kinds
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if !kinds.is_empty() {
            write!(f, ": {}", kinds.join(", "))?;
        }
        if self.inconclusive > 0 {
            write!(f, "; {} inconclusive", self.inconclusive)?;
        }
        Ok(())
    }
}

/// Returns the kinds under which a failure is counted.
fn kinds(failure: &Failure) -> Vec<&str> {
    match failure.divergence {
        Some(_) => vec!["diverging"],
        None => failure.anomalies.iter().map(String::as_str).collect(),
    }
}

/// Returns a digest of the journal and the history of a run. If two runs of the same build have
/// different digests, the runs differ.
pub(crate) fn digest_line(run: &Simulated) -> String {
    let mut hasher = DefaultHasher::new();
    run.journal.hash(&mut hasher);
    history(run).hash(&mut hasher);
    let messages = run.record.net.all().send;
    format!(
        "seed {} digest {:016x} messages {messages}",
        run.seed,
        hasher.finish()
    )
}

/// Returns the history, one JSON object per line.
fn history(run: &Simulated) -> Vec<u8> {
    let mut lines = Vec::new();
    for operation in &run.record.history.0 {
        serde_json::to_writer(&mut lines, operation).expect("an operation can be serialized");
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use mael::prelude::*;

    use super::*;
    use crate::simulation::{Simulation, secs, simulate};
    use crate::workloads;
    use mael_history::Value;

    static ECHOES: AtomicU64 = AtomicU64::new(0);

    /// A node whose replies depend on earlier runs.
    #[node]
    struct Sharing;

    #[handlers]
    impl Sharing {
        #[handler(type = "echo", reply = "echo")]
        fn echo(&self) -> u64 {
            ECHOES.fetch_add(1, Ordering::Relaxed)
        }
    }

    /// A node with a constant reply.
    #[node]
    struct Stubborn;

    #[handlers]
    impl Stubborn {
        #[handler(type = "echo", reply = "echo")]
        fn echo(&self) -> u64 {
            7
        }
    }

    static STARTS: AtomicU64 = AtomicU64::new(0);

    /// A node whose replies are wrong in the first few runs.
    #[node]
    struct Late {
        start: Cell<u64>,
    }

    #[handlers]
    impl Late {
        #[init]
        fn init(&self) {
            self.start.set(STARTS.fetch_add(1, Ordering::Relaxed));
        }

        #[handler(type = "echo", reply = "echo")]
        fn echo(&self, echo: Value) -> Value {
            if self.start.get() < 4 {
                Value::Nil
            } else {
                echo
            }
        }
    }

    #[test]
    fn a_run_that_cannot_be_shrunk_is_reported() {
        // The run fails, is compared with two more runs, and is repeated for its schedule. The
        // fifth run passes.
        let simulation = simulation::<Late>();
        let reports = reports(&simulation, &tally(&simulation, 1));
        assert!(
            reports[0].contains("\nthe run can't be shrunk: "),
            "{reports:?}"
        );
    }

    /// A register without a value.
    #[node]
    struct Void;

    #[handlers]
    impl Void {
        #[handler]
        fn write(&self) {}

        #[handler(reply = "value")]
        fn read(&self) -> mael::Result<u64> {
            Err(mael::Error::new(ErrorCode::KeyDoesNotExist, "no such key"))
        }

        #[handler]
        fn cas(&self) -> mael::Result<()> {
            Err(mael::Error::new(
                ErrorCode::PreconditionFailed,
                "it has another value",
            ))
        }
    }

    fn simulation<N: mael::node::Handlers>() -> Simulation<N> {
        let simulation = simulate::<N>(workloads::Echo);
        simulation.nodes(1).rate(5.0).time_limit(secs(1))
    }

    fn tally<N: mael::node::Handlers>(simulation: &Simulation<N>, seeds: u64) -> Tally {
        let mut tally = Tally::default();
        // The last seeds end first.
        for seed in (0..seeds).rev() {
            tally.add(Outcome::new(simulation, seed, false, false));
        }
        tally
    }

    fn reports<N: mael::node::Handlers>(simulation: &Simulation<N>, tally: &Tally) -> Vec<String> {
        let reports = tally.failures(simulation, |_| Ok("it is saved".to_owned()));
        reports.expect("nothing is saved")
    }

    #[test]
    fn diverging_seeds_are_counted() {
        let simulation = simulation::<Sharing>();
        let tally = tally(&simulation, 2);
        assert!(tally.to_string().ends_with("; 2 failed: 2 diverging"));
        let reports = reports(&simulation, &tally);
        assert!(reports[0].contains("seed 0 diverges: the run is not deterministic"));
        assert_eq!(tally.exit(), Exit::Invalid);
    }

    #[test]
    fn the_first_failures_are_listed_and_all_are_counted() {
        let simulation = simulation::<Stubborn>();
        let tally = tally(&simulation, LISTED as u64 + 5);
        assert!(tally.to_string().ends_with("; 25 failed: 25 wrong-echo"));
        let reports = reports(&simulation, &tally);
        assert_eq!(reports.len(), LISTED + 1);
        assert!(reports[0].starts_with("\nseed 0 fails: wrong-echo\n"));
        assert!(reports[LISTED - 1].starts_with("seed 19 fails: wrong-echo; replay it with "));
        assert_eq!(reports[LISTED], "and 5 more");
    }

    #[test]
    fn inconclusive_runs_are_counted_separately_and_not_shrunk() {
        let simulation = simulate::<Void>(workloads::LinKv)
            .nodes(1)
            .clients_per_node(2)
            .rate(2.0)
            .time_limit(secs(2));
        let tally = tally(&simulation, LISTED as u64);
        assert!(tally.inconclusive > 0, "{tally}");
        let counts = format!("; 0 failed; {} inconclusive", tally.inconclusive);
        assert!(tally.to_string().ends_with(&counts), "{tally}");
        let reports = reports(&simulation, &tally).join("\n");
        assert!(reports.contains(" is inconclusive: no `"), "{reports}");
        assert!(reports.contains(" key-does-not-exist"), "{reports}");
        assert!(!reports.contains("minimal run after "), "{reports}");
        assert_eq!(tally.exit(), Exit::Unknown);
    }

    /// A register that supports writes only.
    #[node]
    struct HalfDone;

    #[handlers]
    impl HalfDone {
        #[handler]
        fn write(&self) {}
    }

    #[test]
    fn unsupported_requests_are_failures() {
        let simulation = simulate::<HalfDone>(workloads::LinKv)
            .nodes(1)
            .clients_per_node(2)
            .rate(20.0)
            .time_limit(secs(2));
        let tally = tally(&simulation, 2);
        assert!(
            tally
                .to_string()
                .ends_with("; 2 failed: 2 nothing-succeeded"),
            "{tally}"
        );
        assert_eq!(tally.exit(), Exit::Invalid);
    }

    #[test]
    fn a_passing_first_seed_must_replay_exactly() {
        let simulation = simulation::<Straying>();
        let mut passing = Tally::default();
        passing.add(Outcome::new(&simulation, 0, false, false));
        assert_eq!((passing.failed(), passing.replays()), (0, None));
        let mut tally = Tally::default();
        tally.add(Outcome::new(&simulation, 0, true, false));
        assert!(
            tally.to_string().ends_with("; 1 failed: 1 diverging"),
            "{tally}"
        );
        assert_eq!((tally.exit(), tally.replays()), (Exit::Invalid, None));
        let mut tally = Tally::default();
        tally.add(Outcome::new(&self::simulation::<Steady>(), 3, true, false));
        let replays = "seed 3 replays exactly".to_owned();
        assert_eq!(
            (tally.exit(), tally.replays()),
            (Exit::Valid, Some(replays))
        );
    }

    static DELAYS: AtomicU64 = AtomicU64::new(0);

    /// A correct node whose replies have different times in each run.
    #[node]
    struct Straying;

    #[handlers]
    impl Straying {
        #[handler(type = "echo", reply = "echo")]
        async fn echo(&self, echo: Value) -> Value {
            let millis = DELAYS.fetch_add(1, Ordering::Relaxed);
            mael::time::sleep(Duration::from_millis(millis)).await;
            echo
        }
    }

    /// A correct node.
    #[node]
    struct Steady;

    #[handlers]
    impl Steady {
        #[handler(type = "echo", reply = "echo")]
        fn echo(&self, echo: Value) -> Value {
            echo
        }
    }
}
