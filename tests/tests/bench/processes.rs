//! Tests real processes under the `mael` command: nodes that fail in every way in which a process
//! can fail, and the files that runs leave.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use mael_tests::{Finished, finish, mael_command, processes_with, run, start, wait_until};
use serde_json::Value;
use tempfile::TempDir;

use crate::{NODE, echo_test};

/// Returns an argument that identifies the processes of this test run. It starts with a number of
/// seconds, so `sleep` accepts it.
fn word(number: u32) -> String {
    format!("{number}.{}", std::process::id())
}

/// Runs echo tests in a temporary folder.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Returns the command that tests the misbehaving node, with additional flags.
    fn command(&self, flags: &str, node_args: &[&str]) -> Command {
        let mut command = self.mael();
        command
            .args(echo_test(NODE, &["--node-count", "1", "--rate", "50"]))
            .args(flags.split_whitespace())
            .arg("--")
            .args(node_args);
        command
    }

    fn mael(&self) -> Command {
        mael_command(self.0.path())
    }

    fn test(&self, node_args: &[&str]) -> Finished {
        run(&mut self.command("", node_args))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("store").join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn results(&self) -> Value {
        serde_json::from_str(&self.read("latest/results.json")).unwrap()
    }
}

#[test]
fn a_correct_node_is_valid_in_the_summary() {
    let bench = Bench::new();
    let finished = bench.test(&["correct"]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(
        finished.text().lines().last(),
        Some("Everything looks good!")
    );
    let results = bench.results();
    assert_eq!(results["valid?"], true);
    let count = results["stats"]["ok-count"].as_u64().unwrap();
    assert!(count > 0);
    // Each operation is two messages, and so are `init` and its reply.
    assert_eq!(results["net"]["all"]["send-count"], 2 * count + 2);
    assert_eq!(results["net"]["all"]["recv-count"], 2 * count + 2);
}

#[test]
fn the_store_contains_all_files_of_a_run_and_links_to_it() {
    let bench = Bench::new();
    assert_eq!(bench.test(&["arguments"]).code(), 0);
    for (link, depth) in [("current", 2), ("latest", 2), ("echo/latest", 1)] {
        let target = fs::read_link(bench.path(link)).unwrap();
        assert!(
            target.is_relative() && target.components().count() == depth,
            "{link}: {target:?}"
        );
        assert!(bench.path(link).join("results.json").is_file(), "{link}");
    }
    for line in bench
        .read("latest/history.jsonl")
        .lines()
        .chain(bench.read("latest/net-journal.jsonl").lines())
    {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["type"].is_string(), "{line}");
    }
    let history = bench.read("latest/history.jsonl");
    let count = bench.results()["stats"]["count"].as_u64().unwrap();
    assert_eq!(history.lines().count() as u64, 2 * count);
    assert!(
        bench
            .read("latest/node-logs/n0.log")
            .starts_with("arguments: ")
    );
    assert_eq!(bench.test(&["correct"]).code(), 0);
    assert_eq!(
        fs::read_dir(bench.path("echo")).unwrap().count(),
        3,
        "two runs and a link"
    );
    let first = fs::read_link(bench.path("latest")).unwrap();
    assert_eq!(first, fs::read_link(bench.path("current")).unwrap());
}

#[test]
fn a_node_that_sends_duplicate_replies_is_valid_and_the_report_notes_it() {
    let bench = Bench::new();
    let finished = bench.test(&["twice"]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    let note = finished
        .text()
        .lines()
        .find(|line| line.contains("already had a reply"));
    let note = note.expect("a note on duplicate replies");
    let count = bench.results()["stats"]["ok-count"].as_u64().unwrap();
    let counted: u64 = note
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .unwrap();
    // The last client may have left when its second reply arrives.
    assert!(
        counted <= count && counted + 1 >= count,
        "{note} of {count}"
    );
}

#[test]
fn malformed_output_is_counted_and_shown_and_does_not_affect_the_verdict() {
    let bench = Bench::new();
    let finished = bench.test(&["malformed"]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    let count = bench.results()["stats"]["ok-count"].as_u64().unwrap();
    let note = format!("node n0 wrote {count} malformed lines to stdout");
    let line = finished.text().lines().find(|line| line.contains(&note));
    let line = line.unwrap_or_else(|| panic!("{note}\n{}", finished.text()));
    assert!(line.contains("malformed line 0"), "{line}");
}

/// Runs a test of the node with faults in its own code.
fn troubled(bench: &Bench, trouble: &str) -> Finished {
    let args = ["--node-count", "1", "--rate", "50", "--", "--trouble"];
    let bin = env!("CARGO_BIN_EXE_troubled");
    run(bench.mael().args(echo_test(bin, &args)).arg(trouble))
}

#[test]
fn panics_of_nodes_are_reported_before_the_verdict() {
    for (trouble, activity) in [
        ("panics", "the handler of `echo`: number 10"),
        ("task-panics", "the task spawned at tests/src/troubled.rs:"),
        (
            "timer-panics",
            "the timer `tick`: the subtraction does not overflow",
        ),
    ] {
        let bench = Bench::new();
        let finished = troubled(&bench, trouble);
        let report = finished.text();
        let line = report
            .lines()
            .find(|line| line.contains(" at tests/src/troubled.rs:"));
        let line = line.unwrap_or_else(|| panic!("{report}"));
        let (count, rest) = line.split_once(" panic").expect(line);
        assert!(count.parse::<u64>().is_ok_and(|count| count > 0), "{line}");
        let (_, first) = rest.split_once("; the first on n0 in ").expect(line);
        assert!(first.starts_with(activity), "{line}");
        // The panic messages differ, but the panic is reported once.
        let crashes = report.lines().filter(|line| line.contains("panicked at"));
        assert!(crashes.count() <= 1, "{report}");
        assert!(!bench.results()["panic"]["places"].is_null());
        let log = bench.read("latest/node-logs/n0.log");
        assert!(!log.contains("thread '"), "{log}");
    }
}

#[test]
fn panics_of_threads_are_reported_too() {
    let finished = troubled(&Bench::new(), "thread-panics");
    assert_eq!(finished.code(), 0, "{finished:?}");
    let line = " (n0: 1); the first on n0 in thread \"<unnamed>\": in a thread of the node";
    assert!(finished.text().contains(line), "{}", finished.text());
}

#[test]
fn nodes_that_do_not_panic_have_no_panics_reported() {
    let bench = Bench::new();
    let finished = bench.test(&["correct"]);
    assert!(!finished.text().contains("panic"), "{}", finished.text());
    assert!(bench.results()["panic"].is_null());
}

#[test]
fn clients_make_progress_during_a_flood_of_malformed_output() {
    let bench = Bench::new();
    let finished = run(&mut bench.command("--rate 5 --time-limit 3", &["flood"]));
    let stats = &bench.results()["stats"];
    assert_eq!(stats["info-count"], 0, "{}", finished.text());
    // About 15 operations are scheduled. Fewer start if the machine is busy.
    let count = stats["count"].as_u64().unwrap();
    assert!(count >= 4, "{}", finished.text());
    assert_eq!(finished.code(), 0, "{}", finished.text());
}

#[test]
fn a_flood_of_malformed_output_does_not_delay_an_interrupt() {
    let bench = Bench::new();
    let word = word(1001);
    let args = echo_test("/usr/bin/yes", &["--node-count", "1", &word]);
    let child = start(bench.mael().args(args));
    wait_until("the node runs", || processes_with(&word) == BENCH_AND_NODE);
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    let started = Instant::now();
    let finished = finish(child);
    // The workbench waits 10 s for the reply to `init`, and the run must not end because of that
    // timeout.
    assert!(started.elapsed() < Duration::from_secs(7), "{finished:?}");
    assert!(finished.text().contains("interrupted"), "{finished:?}");
}

#[test]
fn a_node_that_exits_ends_the_run_and_its_last_stderr_lines_are_shown() {
    let bench = Bench::new();
    let started = Instant::now();
    let finished = run(&mut bench.command("--time-limit 300", &["exit"]));
    assert!(started.elapsed() < Duration::from_secs(60));
    assert_eq!(finished.code(), 255, "{finished:?}");
    let text = finished.text();
    let failure = text.lines().find(|line| line.contains("n0")).unwrap();
    assert!(failure.contains("exit status: 3"), "{text}");
    assert!(text.contains("the last line of this node"), "{text}");
    // The operations recorded before the exit are checked.
    assert_eq!(bench.results()["stats"]["ok-count"], 5);
    assert!(
        bench
            .read("latest/node-logs/n0.log")
            .contains("the last line")
    );
}

#[test]
fn an_exit_is_detected_even_if_a_child_of_the_node_holds_its_pipes() {
    let bench = Bench::new();
    let script = bench.0.path().join("orphan.sh");
    let word = word(1002);
    fs::write(&script, format!("#!/bin/sh\nsleep {word} &\nexit 4\n")).unwrap();
    let made_executable = Command::new("chmod").arg("+x").arg(&script).status();
    assert!(made_executable.unwrap().success());
    let args = echo_test("./orphan.sh", &["--node-count", "2"]);
    let finished = run(bench.mael().args(args));
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert!(
        finished.text().contains("exit status: 4"),
        "{}",
        finished.text()
    );
    assert_eq!(processes_with(&word), 0);
}

#[test]
fn an_error_reply_to_init_fails_the_run() {
    let finished = Bench::new().test(&["refuse-init"]);
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert!(finished.text().contains("not today"), "{}", finished.text());
}

#[test]
#[ignore = "waits 10 s for the reply to init"]
fn an_init_without_a_reply_fails_the_run() {
    let finished = Bench::new().test(&["no-reply-to-init"]);
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert!(
        finished.text().contains("did not answer init"),
        "{}",
        finished.text()
    );
}

#[test]
fn a_node_that_never_replies_is_invalid() {
    let bench = Bench::new();
    let finished = bench.test(&["no-reply"]);
    assert_eq!(finished.code(), 1, "{finished:?}");
    let last = finished.text().lines().last();
    assert_eq!(last, Some("no operation was judged"));
    let stats = &bench.results()["stats"];
    assert_eq!(
        (&stats["valid?"], &stats["ok-count"]),
        (&Value::Bool(false), &0.into())
    );
    assert_eq!(stats["info-count"], stats["count"]);
    assert!(bench.read("latest/history.jsonl").contains("net-timeout"));
}

#[test]
fn a_node_that_stops_reading_does_not_block_the_run() {
    let (bench, word) = (Bench::new(), word(1007));
    let flags = "--rate 1000 --concurrency 50 --time-limit 2";
    let finished = run(&mut bench.command(flags, &["stops-reading", &word]));
    assert_eq!(finished.code(), 1, "{finished:?}");
    let stats = &bench.results()["stats"];
    assert_eq!(stats["info-count"], stats["count"]);
    assert_eq!(processes_with(&word), 0);
}

#[test]
fn malformed_lines_of_50_megabytes_are_counted_like_others() {
    let bench = Bench::new();
    let finished = run(&mut bench.command("--concurrency 4", &["long-lines"]));
    assert_eq!(finished.code(), 0, "{}", finished.text());
    let note = "node n0 wrote 4 malformed lines to stdout";
    assert!(finished.text().contains(note), "{}", finished.text());
    assert!(finished.text().len() < 10_000, "the lines are cut");
}

#[test]
fn a_node_with_100_megabytes_of_stderr_is_not_blocked() {
    let bench = Bench::new();
    let finished = bench.test(&["noisy-stderr"]);
    assert_eq!(finished.code(), 0, "{}", finished.text());
    assert_eq!(bench.read("latest/node-logs/n0.log").len(), 100_000_100);
}

#[test]
fn an_echo_of_another_text_is_invalid() {
    let bench = Bench::new();
    let finished = bench.test(&["wrong-text"]);
    assert_eq!(finished.code(), 1, "{finished:?}");
    assert!(
        finished.text().contains("wrong-echo (1 of "),
        "{}",
        finished.text()
    );
    assert_eq!(bench.results()["workload"]["valid?"], false);
}

#[test]
fn a_program_that_cannot_be_started_fails_the_run() {
    let bench = Bench::new();
    let plain = bench.0.path().join("plain");
    fs::write(&plain, "no program").unwrap();
    let finished = run(bench.mael().args(echo_test("./plain", &[])));
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert!(finished.text().contains("plain"), "{}", finished.text());
}

#[test]
fn child_processes_of_a_node_are_killed_with_it() {
    let (bench, word) = (Bench::new(), word(1003));
    let finished = bench.test(&["child", &word]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(processes_with(&word), 0);
}

#[test]
fn child_processes_outside_the_process_group_are_killed_after_the_run() {
    let (bench, word) = (Bench::new(), word(1004));
    let finished = bench.test(&["daemon", &word]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(processes_with(&word), 0);
}

#[test]
fn a_node_that_ignores_signals_is_killed() {
    let (bench, word) = (Bench::new(), word(1005));
    let finished = bench.test(&["ignores-signals", &word]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(processes_with(&word), 0);
}

#[test]
fn nodes_are_killed_restarted_paused_and_resumed() {
    let (bench, word) = (Bench::new(), word(1006));
    let mut command = bench.command(
        "--node-count 3 --time-limit 3 --nemesis kill,pause --nemesis-interval 0.2 --seed 5",
        &["child", &word],
    );
    let finished = run(&mut command);
    assert_ne!(finished.code(), 255, "{finished:?}");
    let history = bench.read("latest/history.jsonl");
    for f in ["kill", "start", "pause", "resume"] {
        assert!(history.contains(&format!(r#""f":"{f}""#)), "no {f}");
    }
    assert_eq!(processes_with(&word), 0);
}

/// The number of processes that have the word among their arguments: the workbench, which passes it
/// on, and a node.
const BENCH_AND_NODE: usize = 2;

/// Starts a run with a time limit of a minute and waits until it records operations.
fn start_long_run(bench: &Bench, word: &str) -> Child {
    let child = start(&mut bench.command("--time-limit 60 --rate 200", &["ignores-signals", word]));
    wait_until("the node runs", || processes_with(word) == BENCH_AND_NODE);
    std::thread::sleep(Duration::from_millis(700));
    child
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn an_interrupt_ends_the_run_early_and_the_recorded_history_is_checked() {
    for (name, word) in [("-INT", word(1008)), ("-TERM", word(1009))] {
        let bench = Bench::new();
        let child = start_long_run(&bench, &word);
        signal(&child, name);
        let started = Instant::now();
        let finished = finish(child);
        assert!(started.elapsed() < Duration::from_secs(20), "{name}");
        assert_eq!(finished.code(), 255, "{name}: {finished:?}");
        assert!(
            finished.text().contains("interrupted"),
            "{}",
            finished.text()
        );
        assert!(
            finished.text().contains(" operations in "),
            "{}",
            finished.text()
        );
        assert!(bench.results()["stats"]["ok-count"].as_u64().unwrap() > 0);
        assert_eq!(processes_with(&word), 0);
    }
}

#[test]
fn nodes_that_read_their_input_exit_when_the_workbench_is_killed() {
    let (bench, word) = (Bench::new(), word(1010));
    let child = start_long_run(&bench, &word);
    signal(&child, "-KILL");
    assert!(!finish(child).status.success());
    wait_until("the node ends with its input", || {
        processes_with(&word) == 0
    });
}

#[test]
fn a_run_continues_when_its_stdout_and_stderr_are_closed() {
    let bench = Bench::new();
    let mut child = start(&mut bench.command("", &["correct"]));
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(finish(child).code(), 0);
}

#[test]
fn test_count_repeats_the_test_until_a_run_is_not_valid() {
    let bench = Bench::new();
    let finished = run(&mut bench.command("--test-count 2", &["correct"]));
    assert_eq!(finished.code(), 0);
    assert_eq!(fs::read_dir(bench.path("echo")).unwrap().count(), 3);
    let finished = run(&mut bench.command("--test-count 3", &["wrong-text"]));
    assert_eq!(finished.code(), 1);
    assert_eq!(fs::read_dir(bench.path("echo")).unwrap().count(), 4);
}
