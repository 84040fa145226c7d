//! Tests `mael trace` on stored runs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use mael_tests::{Finished, mael, mael_command, run};

use crate::{NODE, echo_test};

/// The simulator of the test nodes.
const SIM: &str = env!("CARGO_BIN_EXE_sim");

/// Simulates a broadcast that sends each message once, while links are cut.
fn simulate(folder: &Path) -> Finished {
    let flags = "--rate 20 --time-limit 2 --nemesis partition --nemesis-interval 0.5 --no-shrink \
                 --no-pictures -- --bug sends-once";
    let mut command = Command::new(SIM);
    let command = command.current_dir(folder).arg("reference-broadcast");
    run(command.args(flags.split_whitespace()))
}

/// Returns the lines of a trace.
fn trace(folder: &Path, args: &[&str]) -> Vec<String> {
    let finished = mael(folder, &[&["trace"], args].concat());
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished.text().lines().map(str::to_owned).collect()
}

fn millis(line: &str) -> f64 {
    line.trim_start()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn a_simulated_run_is_traced_with_its_operations_messages_and_faults() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(simulate(folder).code(), 1);
    let lines = trace(folder, &[]);
    let has = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(
        has("-> n1: invoke broadcast ") && has(" (operation 0)"),
        "{lines:#?}"
    );
    assert!(has(" receives nothing from "), "{lines:#?}");
    assert!(has("** all links are healed"), "{lines:#?}");
    assert!(has("[delivered after 0."), "{lines:#?}");
    assert!(has("[NOT DELIVERED: partitioned]"), "{lines:#?}");
    assert!(
        lines.is_sorted_by(|a, b| millis(a) <= millis(b)),
        "{lines:#?}"
    );

    let some = trace(folder, &["-1", "--from", "500ms", "--to", "1s"]);
    let within = |line: &&String| (500.0..=1000.0).contains(&millis(line));
    let expected: Vec<&String> = lines.iter().filter(within).collect();
    assert!(some.len() > 5);
    assert_eq!(some.iter().collect::<Vec<_>>(), expected);

    let of_n1 = trace(folder, &["store/latest", "--node", "n1"]);
    let named =
        |line: &String| line.contains("n1") || line.contains("process ") || line.contains("healed");
    assert!(of_n1.len() > 5 && of_n1.iter().all(named), "{of_n1:#?}");

    let of_first = trace(folder, &["--op", "0"]);
    assert!(
        of_first[0].contains("invoke") && of_first.iter().any(|line| line.contains("  c")),
        "{of_first:#?}"
    );
    assert!(of_first.len() < lines.len() / 4, "{of_first:#?}");
}

#[test]
fn a_run_that_was_killed_is_traced_up_to_its_last_complete_line() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--rate", "50", "--node-count", "1", "correct"];
    assert_eq!(mael(folder.path(), &echo_test(NODE, &flags)).code(), 0);
    let whole = trace(folder.path(), &[]);
    let run = folder.path().join("store/latest");
    fs::remove_file(run.join("results.json")).unwrap();
    for name in ["history.edn", "net-journal.jsonl"] {
        let text = fs::read(run.join(name)).unwrap();
        fs::write(run.join(name), &text[..text.len() - 20]).unwrap();
    }
    let finished = mael(folder.path(), &["trace"]);
    assert_eq!(finished.code(), 0);
    let part: Vec<&str> = finished.text().lines().collect();
    assert_eq!(part, whole[..whole.len() - 1]);
    let stderr = &finished.stderr;
    assert!(
        stderr.contains("the journal ends within a line"),
        "{stderr}"
    );
    assert!(stderr.contains("the run has no results"), "{stderr}");
}

#[test]
fn a_closed_pipe_ends_a_trace_quietly() {
    let folder = tempfile::tempdir().unwrap();
    simulate(folder.path());
    let mut child = mael_command(folder.path())
        .arg("trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::with_capacity(16, child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn what_does_not_exist_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |args: &[&str], reason: &str| {
        let finished = mael(folder.path(), &[&["trace"], args].concat());
        assert_eq!(finished.code(), 254);
        assert!(finished.stderr.contains(reason), "{}", finished.stderr);
    };
    refused(&[], "there is no run -1: store has 0 runs");
    refused(
        &["nowhere"],
        "nowhere is not the folder of a run: it has no test.json",
    );
    simulate(folder.path());
    refused(
        &["--node", "n9"],
        "there is no node \"n9\": the nodes are n1, ",
    );
    refused(
        &["--op", "99999"],
        "has no operation of a client with index 99999",
    );
    refused(
        &["--from", "soon"],
        "expected a time such as 3s, 250ms or 0.5",
    );
}
