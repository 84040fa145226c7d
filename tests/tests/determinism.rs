//! A seed decides everything: two processes that simulate the same seeds record the same bytes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use mael_tests::{run, workspace};
use mael_workbench::cli::{Profile, build_binaries};

const SIM: &str = env!("CARGO_BIN_EXE_sim");

const ECHO: &str = "echo --seeds 200 --digest";
const UNIQUE_IDS: &str =
    "unique-ids --seeds 200 --digest --nemesis partition,kill,pause --nemesis-interval 1";

/// The digests of a sweep, one line for each seed.
fn digests(sim: &Path, arguments: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let finished = run(Command::new(sim)
        .current_dir(folder.path())
        .args(arguments.split(' ')));
    // Whether the runs are right is not the question here.
    assert!(finished.code() <= 1, "{}", finished.stderr);
    let lines = finished.text().lines();
    let digests = lines.filter(|line| line.contains("digest"));
    digests.map(str::to_owned).collect()
}

/// The numbers alone.
fn numbers(digests: &[String]) -> BTreeSet<&str> {
    digests
        .iter()
        .map(|line| line.split_whitespace().nth(3).expect("a digest"))
        .collect()
}

/// The digests of the plainest and of the roughest sweep, by the command line.
fn sweeps() -> &'static [(&'static str, Vec<String>)] {
    static SWEEPS: OnceLock<Vec<(&str, Vec<String>)>> = OnceLock::new();
    SWEEPS.get_or_init(|| {
        let sweep = |arguments| (arguments, digests(SIM.as_ref(), arguments));
        [ECHO, UNIQUE_IDS].map(sweep).into()
    })
}

#[test]
fn two_processes_simulate_the_same_seeds_alike() {
    for (arguments, first) in sweeps() {
        assert_eq!(first.len(), 200);
        assert_eq!(*first, digests(SIM.as_ref(), arguments), "{arguments}");
    }
}

#[test]
fn no_two_seeds_are_alike() {
    for (arguments, digests) in sweeps() {
        assert_eq!(numbers(digests).len(), digests.len(), "{arguments}");
    }
}

#[test]
fn a_seed_is_the_same_alone_as_in_a_sweep() {
    for (arguments, sweep) in sweeps() {
        for seed in [0, 17, 199] {
            let one = format!("--seed {seed} --time-limit 5 --rate 50");
            let alone = digests(SIM.as_ref(), &arguments.replace("--seeds 200", &one));
            assert_eq!(alone, sweep[seed..=seed]);
        }
    }
}

#[test]
#[ignore = "it builds the simulator once more, optimized"]
fn an_optimized_build_simulates_the_same_seeds_alike() {
    let release = build_binaries(workspace(), &["sim"], Profile::Release).unwrap();
    for (arguments, sweep) in sweeps() {
        assert_eq!(*sweep, digests(&release[0], arguments), "{arguments}");
    }
}
