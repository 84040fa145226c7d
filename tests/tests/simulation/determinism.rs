//! Tests that a seed determines a run: two processes that simulate the same seeds record the same
//! bytes, for all nodes and faults, and regardless of how many seeds run at the same time.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::OnceLock;

use flate2::Crc;
use mael_sim::simulation::ms;
use mael_sim::{Distribution, workloads};
use mael_tests::planted::nodes::{KILLS, simulation};
use mael_tests::reference::txn;
use mael_tests::{finish, run, start, workspace};
use mael_workbench::{Profile, build_binaries};
use tempfile::TempDir;

const SIM: &str = env!("CARGO_BIN_EXE_sim");

/// How many seeds of each node are simulated.
const SEEDS: usize = 40;

/// The same, in the tests that take longer.
const MANY_SEEDS: usize = 200;

/// Short runs with all kinds of faults.
const ROUGH: &str = "--digest --no-shrink --node-count 2 --concurrency 2n --time-limit 1 --rate 10 \
    --nemesis partition,kill,pause --nemesis-interval 0.4 --recovery 0.1 \
    --latency 5 --latency-dist exponential --loss 0.01 --duplicate 0.01 --reorder 0.05";

/// Returns all nodes of the simulator: all challenges and reference nodes.
fn nodes() -> Vec<String> {
    let help = run(Command::new(SIM).arg("--help"));
    let known = help.text().split("[possible values:").nth(1);
    let names = known.and_then(|known| known.split(']').next());
    let names = names.expect("the help lists the nodes").split(',');
    let names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
    assert!(names.len() >= 15, "{names:?}");
    names
}

/// A running simulator, in its own folder.
struct Sim {
    child: Child,
    _folder: TempDir,
}

impl Sim {
    /// Starts a simulator with rough runs of a node's first seeds.
    fn sweep(program: &Path, node: &str, seeds: usize, more: &str) -> Self {
        Self::start(program, node, &format!("--seeds {seeds} {more}"))
    }

    /// Starts a simulator with rough runs of a node.
    fn start(program: &Path, node: &str, seeds: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words = [node, seeds, ROUGH].join(" ");
        let mut command = Command::new(program);
        command.current_dir(folder.path());
        command.args(words.split_whitespace());
        Self {
            child: start(&mut command),
            _folder: folder,
        }
    }

    /// Returns the digests of the runs, with one line for each seed.
    fn digests(self) -> Vec<String> {
        let finished = finish(self.child);
        // This test does not depend on the verdicts of the runs.
        assert!(finished.code() <= 2, "{}", finished.stderr);
        let lines = finished.text().lines();
        let digests = lines.filter(|line| line.contains("digest"));
        digests.map(str::to_owned).collect()
    }
}

/// The digests of a node's seeds in two concurrent processes.
struct Twice {
    node: String,
    on_all_cores: Vec<String>,
    one_by_one: Vec<String>,
}

/// Returns the digests of the first seeds of all nodes.
fn simulate_twice(seeds: usize) -> Vec<Twice> {
    let twice = |node: String| {
        let [all, one] =
            ["", "--threads 1"].map(|threads| Sim::sweep(SIM.as_ref(), &node, seeds, threads));
        Twice {
            node,
            on_all_cores: all.digests(),
            one_by_one: one.digests(),
        }
    };
    nodes().into_iter().map(twice).collect()
}

fn sweeps() -> &'static [Twice] {
    static SWEEPS: OnceLock<Vec<Twice>> = OnceLock::new();
    SWEEPS.get_or_init(|| simulate_twice(SEEDS))
}

fn assert_equal(sweeps: &[Twice], seeds: usize) {
    for sweep in sweeps {
        assert_eq!(sweep.on_all_cores.len(), seeds, "{}", sweep.node);
        assert_eq!(sweep.on_all_cores, sweep.one_by_one, "{}", sweep.node);
    }
}

#[test]
fn two_processes_record_the_same_runs_of_the_same_seeds() {
    assert_equal(sweeps(), SEEDS);
}

#[test]
fn all_seeds_have_different_runs() {
    for sweep in sweeps() {
        let numbers = sweep.on_all_cores.iter();
        let numbers = numbers.map(|line| line.split_whitespace().nth(3));
        let numbers: BTreeSet<&str> = numbers.map(|number| number.expect("a digest")).collect();
        assert_eq!(numbers.len(), SEEDS, "{}", sweep.node);
    }
}

#[test]
fn a_seed_is_the_same_alone_as_in_a_sweep() {
    for Twice {
        node, on_all_cores, ..
    } in sweeps()
    {
        for seed in [17, SEEDS - 1] {
            let alone = Sim::start(SIM.as_ref(), node, &format!("--seed {seed}"));
            assert_eq!(alone.digests(), on_all_cores[seed..=seed], "{node}");
        }
    }
}

/// The digest is the same on every machine and in every build. If random draws or recorded data
/// change, every seed has another run. If this is intended, update the digest.
#[test]
fn seeds_have_the_same_runs_on_every_machine() {
    let rough = simulation::<txn::Txn>(workloads::TxnListAppend, KILLS)
        .latency(ms(5))
        .options(|options| {
            options.latency_dist = Distribution::Exponential;
            options.clock_drift = 0.05;
        })
        .loss(0.01)
        .duplicate(0.01)
        .reorder(0.05)
        .journal();
    let mut digest = Crc::new();
    for seed in 0..3 {
        let run = rough.run_seed(seed);
        digest.update(&run.journal);
        for operation in &run.record.history.0 {
            digest.update(&serde_json::to_vec(operation).unwrap());
        }
    }
    assert_eq!(format!("{:08x}", digest.sum()), "f544ef4e");
}

#[test]
#[ignore = "takes minutes, and builds the simulator again, optimized"]
fn an_optimized_build_records_the_same_runs() {
    let release = build_binaries(workspace(), &["sim"], Profile::Release).unwrap();
    let sweeps = simulate_twice(MANY_SEEDS);
    assert_equal(&sweeps, MANY_SEEDS);
    for Twice {
        node, on_all_cores, ..
    } in sweeps
    {
        let optimized = Sim::sweep(&release[0], &node, MANY_SEEDS, "");
        assert_eq!(on_all_cores, optimized.digests(), "{node}");
    }
}
