//! What is tested of each sample.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::process::Command;

use mael::ErrorCode;
use mael::node::Handlers;
use mael_history::{Kind, Operation};
use mael_sim::declared::{Specification, specified_by};
use mael_sim::simulation::{Shrunk, Simulated, Simulation, ms, secs};
use mael_sim::workloads::Workload;
use mael_sim::{Exit, Fault, simulate};
use mael_tests::run;

/// The maximum number of lines of a counterexample.
const LINES: usize = 30;

/// A workload with its nodes.
pub(crate) struct Sample {
    /// The name of the workload.
    pub(crate) workload: &'static str,
    /// All kinds of results that operations can have: `enqueue`, or `dequeue: key-does-not-exist`.
    pub(crate) results: &'static [&'static str],
    /// The node that has no bug.
    pub(crate) right: Node,
    /// The others, with the anomaly of each.
    pub(crate) wrong: Vec<(Node, &'static str)>,
}

/// A node, and its simulation.
pub(crate) struct Node {
    /// Its name as an argument of `sample-node`.
    pub(crate) name: &'static str,
    run: Box<dyn Fn(Range<u64>) -> Vec<Simulated>>,
    check: Box<dyn Fn(Range<u64>)>,
    shrink: Shrink,
}

/// Shrinks a run that fails.
type Shrink = Box<dyn Fn(&Simulated) -> Option<Shrunk>>;

/// A node of type `N` under a workload.
pub(crate) fn node<N: Handlers>(
    name: &'static str,
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Node {
    node_of(name, move || {
        let simulation = simulation::<N>(workload.clone());
        simulation.concurrency(6).rate(20.0).time_limit(secs(5))
    })
}

/// A node of type `N` that is specified by `S`. There are few operations, as their order is
/// searched for.
pub(crate) fn specified<N: Handlers, S: Specification>(name: &'static str) -> Node {
    node_of(name, || {
        let simulation = simulation::<N>(specified_by::<S>());
        simulation.concurrency(3).rate(10.0).time_limit(secs(3))
    })
}

fn simulation<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .latency(ms(10))
        .nemesis([Fault::Partition, Fault::Pause, Fault::Kill])
        .nemesis_interval(secs(1))
}

fn node_of<N: Handlers>(
    name: &'static str,
    simulation: impl Fn() -> Simulation<N> + Clone + 'static,
) -> Node {
    Node {
        name,
        run: {
            let simulation = simulation.clone();
            Box::new(move |seeds| simulation().seeds(seeds).run())
        },
        check: {
            let simulation = simulation.clone();
            Box::new(move |seeds| simulation().seeds(seeds).check())
        },
        shrink: Box::new(move |run| simulation().shrink(run, run.anomalies())),
    }
}

impl Sample {
    /// Asserts that the correct node passes these seeds.
    pub(crate) fn assert_passes(&self, seeds: Range<u64>) {
        (self.right.check)(seeds);
    }

    /// Asserts that the correct node passes 20 seeds, of which the first ten bring about each kind
    /// of result, and no other, and that each wrong one fails by its anomaly.
    pub(crate) fn assert_holds(&self) {
        self.assert_passes(10..20);
        let runs = (self.right.run)(0..10);
        for run in &runs {
            let anomalies = run.anomalies();
            assert!(
                run.passed() || run.is_inconclusive(),
                "{}, seed {}: {anomalies:?}",
                self.right.name,
                run.seed
            );
        }
        let operations = runs.iter().flat_map(|run| &run.record.history.0);
        let reached: BTreeSet<String> = operations.filter_map(result).collect();
        let expected: BTreeSet<String> = self.results.iter().map(ToString::to_string).collect();
        assert_eq!(reached, expected, "{}", self.workload);
        for (node, anomaly) in &self.wrong {
            node.first_failure(anomaly);
        }
    }

    /// Asserts that the failures of the wrong nodes are shrunk to short traces, and prints a line
    /// for each.
    pub(crate) fn assert_short(&self) {
        for (node, anomaly) in &self.wrong {
            let run = node.first_failure(anomaly);
            let shrunk = (node.shrink)(&run);
            let shrunk = shrunk.expect("a run can be repeated from its schedule");
            let trace = shrunk.to_string();
            let lines = trace.lines().filter(|line| line.contains(" ms  ")).count();
            let (name, seed, tried) = (node.name, run.seed, shrunk.tried);
            println!("| {name} | {anomaly} | {seed} | {tried} | {lines} |");
            assert!(lines <= LINES, "{name}: {lines} lines\n{trace}");
            let anomalies = shrunk.run.anomalies();
            assert!(anomalies.contains(*anomaly), "{name}: {anomalies:?}");
        }
    }

    /// Asserts that real processes of the correct node pass, and that those of the wrong ones fail
    /// by their anomaly.
    pub(crate) fn assert_real(&self, flags: &str) {
        let folder = tempfile::tempdir().unwrap();
        let test = |node: &Node, count: &str| {
            let nodes = env!("CARGO_BIN_EXE_sample-node");
            let finished = run(Command::new(env!("CARGO_BIN_EXE_samples"))
                .current_dir(&folder)
                .args(["test", "-w", self.workload, "--bin", nodes])
                .args(["--node-count", "3", "--concurrency", "6"])
                .args(["--test-count", count])
                .args(flags.split_whitespace())
                .args(["--", node.name]));
            let results = folder.path().join("store/latest/results.json");
            let results = fs::read_to_string(results).unwrap_or_default();
            let text = format!("{}: {}{}", node.name, finished.text(), finished.stderr);
            (finished.code(), results, text)
        };
        let (code, _, text) = test(&self.right, "1");
        assert_eq!(code, i32::from(Exit::Valid.code()), "{text}");
        for (node, anomaly) in &self.wrong {
            let (code, results, text) = test(node, "20");
            assert_eq!(code, i32::from(Exit::Invalid.code()), "{text}");
            // The verdict of a specification has no other anomaly, and does not name it.
            let is_named = results.contains(&format!("{anomaly:?}"));
            let is_specified = text.contains("can't be linearized");
            assert!(is_named || is_specified, "{text}");
        }
    }
}

impl Node {
    /// The first run of 1,000 that fails, which must be by this anomaly alone.
    fn first_failure(&self, anomaly: &str) -> Simulated {
        for seed in 0..1_000 {
            let run = (self.run)(seed..seed + 1).remove(0);
            if !run.passed() && !run.is_inconclusive() {
                let expected = BTreeSet::from([anomaly.to_owned()]);
                assert_eq!(run.anomalies(), expected, "{}, seed {seed}", self.name);
                return run;
            }
        }
        panic!("{} passes all seeds", self.name);
    }
}

/// The kind of result of a completed operation: a reply, or an error that speaks of the state.
fn result(operation: &Operation) -> Option<String> {
    let of_state = [
        ErrorCode::KeyDoesNotExist,
        ErrorCode::KeyAlreadyExists,
        ErrorCode::PreconditionFailed,
    ];
    match operation.kind {
        Kind::Ok => Some(operation.f.to_string()),
        Kind::Fail => {
            let error = operation.error.as_ref()?;
            let error = error.items().next()?.name()?;
            let is_of_state = of_state.iter().any(|code| code.name() == error);
            is_of_state.then(|| format!("{}: {error}", operation.f))
        }
        Kind::Invoke | Kind::Info => None,
    }
}
