//! Tests `mael test --replay`, which repeats stored runs against real processes.

use std::path::Path;
use std::process::Command;

use mael_history::{History, Operation, Process};
use mael_tests::{mael, run};

use crate::NODE;

/// The simulator of the test nodes, and the same nodes as a program.
const SIM: &str = env!("CARGO_BIN_EXE_sim");
const REFERENCE: &str = env!("CARGO_BIN_EXE_reference");

/// A broadcast of few messages, of which some are lost. The node sends each once, so the test fails
/// only if one of them is lost.
const FLAGS: &str = "--node-count 2 --rate 4 --time-limit 1 --loss 0.1 --recovery 1 --no-pictures";
const ARGS: &str = "--bug sends-once";

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

fn history(folder: &Path, run: &str) -> History {
    History::read(&folder.join(run).join("history.edn")).unwrap()
}

#[test]
fn a_lost_message_is_lost_in_each_replay() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulate = |seed: &str| {
        let mut command = Command::new(SIM);
        command
            .current_dir(folder)
            .args(["reference-broadcast", "--seed", seed, "--no-shrink"]);
        run(command.args(words(FLAGS)).arg("--").args(words(ARGS))).code()
    };
    let test = |args: &str| {
        let args: Vec<&str> = ["test"].into_iter().chain(words(args)).collect();
        mael(folder, &args)
    };
    let failing = (0..100).find(|seed| simulate(&seed.to_string()) == 1);
    assert!(failing.is_some(), "no seed fails");
    let replayed = test(&format!(
        "--replay -1 --bin {REFERENCE} --times 3 --no-pictures -- broadcast {ARGS}"
    ));
    assert_eq!(replayed.code(), 1, "{replayed:?}");
    let last = replayed.text().lines().last().unwrap();
    assert_eq!(last, "3 of 3 runs failed as the stored run did: lost (3)");

    // The replay is a stored run as well, which names its program.
    let replayed = test("--replay store/broadcast/latest --no-pictures");
    assert_eq!(replayed.code(), 1, "{replayed:?}");
    let last = replayed.text().lines().last().unwrap();
    assert_eq!(last, "1 of 1 runs failed as the stored run did: lost (1)");

    let fresh = |seed: u64| {
        let args =
            format!("-w broadcast --bin {REFERENCE} --seed {seed} {FLAGS} -- broadcast {ARGS}");
        test(&args).code()
    };
    let valid = (0..4).filter(|seed| fresh(*seed) == 0).count();
    assert!(valid >= 2, "{valid} of 4 fresh runs are valid");
}

#[test]
fn operations_and_faults_are_repeated_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let flags = "test -w unique-ids --seed 3 --node-count 3 --rate 20 --time-limit 3 --nemesis partition,kill,pause \
                 --nemesis-interval 0.4 --no-pictures --bin";
    let args: Vec<&str> = words(flags).chain([REFERENCE, "unique-ids"]).collect();
    assert_eq!(mael(folder.path(), &args).code(), 0);
    let first = history(folder.path(), "store/latest");
    let replayed = mael(folder.path(), &["test", "--replay", "0", "--no-pictures"]);
    assert_eq!(replayed.code(), 0, "{replayed:?}");
    let last = replayed.text().lines().last().unwrap();
    assert_eq!(
        last,
        "the stored run has no anomaly; 1 of 1 runs did not fail"
    );
    let second = history(folder.path(), "store/latest");
    assert_ne!(first, second);

    // Threads are free at slightly different times, so that only the order on each is the same.
    let asked = |history: &History, thread: usize| {
        let of_thread = |it: &&Operation| match it.process {
            Process::Client(process) => process % 3 == thread,
            _ => false,
        };
        let invocations = history.invocations().filter(of_thread);
        invocations
            .map(|it| format!("{} {}", it.f, it.value))
            .collect::<Vec<_>>()
    };
    for thread in 0..3 {
        assert!(!asked(&first, thread).is_empty());
        assert_eq!(asked(&first, thread), asked(&second, thread));
    }
    // Links and nodes have separate tasks.
    let faults = |history: &History, of_links: bool| {
        let faults = history.0.iter().filter(|it| it.process == Process::Nemesis);
        let faults = faults.filter(|it| it.f.ends_with("-partition") == of_links);
        faults
            .map(|it| format!("{} {}", it.f, it.value))
            .collect::<Vec<_>>()
    };
    for of_links in [true, false] {
        assert!(faults(&first, of_links).len() > 8);
        assert_eq!(faults(&first, of_links), faults(&second, of_links));
    }
}

#[test]
fn what_cannot_be_replayed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |args: &str, reason: &str| {
        let args: Vec<&str> = ["test", "--replay"]
            .into_iter()
            .chain(words(args))
            .collect();
        let finished = mael(folder.path(), &args);
        assert_eq!(finished.code(), 254, "{finished:?}");
        assert!(finished.stderr.contains(reason), "{}", finished.stderr);
    };
    refused("-1", "there is no run -1: store has 0 runs");
    refused(
        "nowhere",
        "nowhere is not the folder of a run: it has no test.json",
    );
    let mut command = Command::new(SIM);
    let command = command.current_dir(folder.path()).arg("echo");
    run(command.args(words("--time-limit 1 --node-count 1 --no-pictures")));
    refused(
        "-1",
        "was simulated, so it has no program: name one with --bin",
    );
    let with_bin = |flags: &str| format!("-1 --bin {NODE} {flags}");
    refused(&with_bin("-w echo"), "cannot be used with");
    refused(&with_bin("--test-count 2"), "cannot be used with");
    refused(&with_bin("--times 0"), "invalid value");
    refused(&with_bin("--concurrency 0"), "concurrency");
    let times = mael(
        folder.path(),
        &["test", "-w", "echo", "--bin", NODE, "--times", "2"],
    );
    assert_eq!(times.code(), 254, "{times:?}");
}
