//! Tests the reports on the terminal: one line per anomaly, colours, and commands to try next.

use std::process::Command;

use mael_sim::glomers::LINES;
use mael_tests::{Finished, binary, mael, mael_command, run};
use tempfile::TempDir;

use crate::NODE;

/// The program of the reference nodes.
const REFERENCE: &str = env!("CARGO_BIN_EXE_reference");

/// Runs an echo test of a node with wrong replies, in a terminal that may have colours.
fn wrong_echo(folder: &TempDir, variables: &[(&str, &str)]) -> Finished {
    let args = ["test", "-w", "echo", "--bin", NODE, "--time-limit", "2"];
    let mut command = mael_command(folder.path());
    // The variables of the terminal that runs the tests.
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    run(command.args(args).args(["--", "wrong-text"]))
}

/// Returns the commands that a report suggests, by what they do.
fn commands(report: &str) -> Vec<(&str, &str)> {
    let what = |line: &&str| {
        let begins = [
            "explain ",
            "run it again",
            "simulate it",
            "replay ",
            "trace ",
        ];
        begins.iter().any(|begin| line.starts_with(begin))
    };
    let lines = report.lines().filter(what);
    lines.filter_map(|line| line.split_once(" with ")).collect()
}

/// Runs a command of `cargo mael`, as it is printed.
fn paste(folder: &TempDir, command: &str) -> Finished {
    let args = command.strip_prefix("cargo mael ").expect("cargo's alias");
    let args = shlex::split(args).expect("the command is quoted");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    mael(folder.path(), &args)
}

#[test]
fn an_anomaly_with_many_cases_has_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let finished = wrong_echo(&folder, &[]);
    let text = finished.text();
    let cases = text
        .lines()
        .filter(|line| line.contains("was answered with"));
    let cases: Vec<&str> = cases.collect();
    assert_eq!(cases.len(), 1, "{text}");
    assert!(cases[0].starts_with("wrong-echo (1 of "), "{text}");
}

#[test]
fn colours_are_for_terminals_unless_they_are_forced_or_disabled() {
    let folder = tempfile::tempdir().unwrap();
    for (variables, has_colours) in [
        (&[] as &[_], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let finished = wrong_echo(&folder, variables);
        let text = finished.text();
        assert_eq!(
            text.contains('\u{1b}'),
            has_colours,
            "{variables:?}: {text}"
        );
        assert_eq!(finished.code(), 1);
        let log = folder.path().join("store/latest/mael.log");
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.contains("wrong-echo (1 of ") && !log.contains('\u{1b}'));
    }
}

#[test]
fn the_suggested_commands_work_as_they_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let finished = wrong_echo(&folder, &[]);
    let [(what, explain), (again, test), replay, trace] = *commands(finished.text()) else {
        panic!("{}", finished.text());
    };
    assert_eq!((what, again), ("explain wrong-echo", "run it again"));
    assert_eq!((replay.0, trace.0), ("replay it", "trace it"));
    let traced = paste(&folder, trace.1);
    assert!(traced.text().contains(": invoke echo "), "{traced:?}");
    let replay = replay.1.replace("--times 10", "--times 2");
    let replayed = paste(&folder, &replay);
    assert_eq!(replayed.code(), 1);
    let last = replayed.text().lines().last();
    let alike = "2 of 2 runs failed as the stored run did: wrong-echo (2)";
    assert_eq!(last, Some(alike));
    let explained = paste(&folder, explain);
    assert!(
        explained.text().starts_with("wrong-echo: "),
        "{explained:?}"
    );
    let repeated = paste(&folder, test);
    assert_eq!(repeated.code(), 1);
    let seed = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("seed: "));
        line.and_then(|line| line.split(", ").next().map(str::to_owned))
    };
    assert_eq!(seed(repeated.text()), seed(finished.text()));

    let analyzed = mael(folder.path(), &["analyze"]);
    let traced = commands(repeated.text()).pop().unwrap();
    let suggested = commands(analyzed.text());
    assert_eq!(suggested, [(what, explain), traced], "{analyzed:?}");
    let checked = mael(folder.path(), &["check", "--history", "store/latest"]);
    let suggested = commands(checked.text());
    assert_eq!(suggested, [(what, explain)], "{checked:?}");
}

#[test]
fn a_correct_run_suggests_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["test", "-w", "echo", "--bin", NODE, "--time-limit", "1"];
    let finished = mael(folder.path(), &args);
    assert_eq!((finished.code(), commands(finished.text())), (0, vec![]));
}

#[test]
fn a_simulation_suggests_commands_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let sim = |args: &str| {
        let args = args.split(' ');
        run(Command::new(binary("sim")).args(args).current_dir(&folder))
    };
    let finished = sim("reference-g-counter --time-limit 2 -- --bug counts-locally");
    let suggested = commands(finished.text());
    let [(_, seed), (_, minimal), (what, explain)] = *suggested else {
        panic!("{}", finished.text());
    };
    assert_eq!(what, "explain wrong-final-read");
    assert!(
        paste(&folder, explain)
            .text()
            .starts_with("wrong-final-read: ")
    );
    for command in [seed, minimal] {
        let replayed = sim(command.strip_prefix("cargo sim ").unwrap());
        assert_eq!(replayed.code(), 1, "{command}");
        assert!(replayed.text().contains("fails: wrong-final-read"));
    }
    let sweep = sim("reference-g-counter --seeds 2 --no-shrink -- --bug counts-locally");
    let suggested = commands(sweep.text());
    assert_eq!(suggested.last(), Some(&(what, explain)));
}

#[test]
fn every_challenge_can_be_simulated_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for line in LINES {
        let args = [line.bin, "--time-limit", "1", "--no-pictures"];
        let finished = run(Command::new(binary("sim")).args(args).current_dir(&folder));
        assert_eq!(finished.code(), 0, "{}: {finished:?}", line.bin);
        let store = format!("store: store/{}/", line.workload);
        assert!(finished.text().contains(&store), "{}", finished.text());
    }
}

#[test]
fn restarts_of_kafka_clients_are_not_reported_as_unknown_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["test", "-w", "kafka", "--bin", REFERENCE, "--rate", "50"];
    let args = [&args[..], &["--time-limit", "2", "--", "kafka"]].concat();
    let finished = mael(folder.path(), &args);
    let text = finished.text();
    assert!(text.contains(" 0 info, "), "{text}");
    assert!(text.contains(" client restart"), "{text}");
    assert!(!text.contains("crash"), "{text}");
}
