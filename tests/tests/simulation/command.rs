//! Tests the `sim` command: its flags, its output, and its exit status.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use mael_tests::{Finished, finish, mael, run, start};

const SIM: &str = env!("CARGO_BIN_EXE_sim");

/// A node that fails with some of these seeds, and passes with others.
const WRONG: &str =
    "reference-txn-rw-register --seeds 30 --time-limit 1 --concurrency 2n --no-shrink";

const BUG: &str = "-- --bug writes-without-cas";

/// Runs `sim` with these arguments.
fn sim(words: &str) -> Finished {
    sim_in(tempfile::tempdir().unwrap().path(), words)
}

/// Runs `sim` with these arguments in a folder.
fn sim_in(folder: &Path, words: &str) -> Finished {
    run(Command::new(SIM)
        .current_dir(folder)
        .args(words.split_whitespace()))
}

/// Returns the only line with this prefix, without the prefix.
fn line<'a>(text: &'a str, beginning: &str) -> &'a str {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(beginning));
    match (lines.next(), lines.next()) {
        (Some(line), None) => line,
        _ => panic!("expected one line with {beginning:?}:\n{text}"),
    }
}

fn assert_rejected(words: &str, reason: &str) {
    let finished = sim(words);
    assert_eq!(finished.code(), 254, "{words}: {finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains(reason), "{}", finished.stderr);
    assert_eq!(finished.text(), "");
}

#[test]
fn invalid_arguments_are_rejected_with_one_sentence() {
    assert_rejected("no-such-node", "reference-txn-list-append");
    assert_rejected("echo --rate x", "--rate");
    assert_rejected("echo --seeds 0", "--seeds");
    assert_rejected("echo --threads 0", "--threads");
    assert_rejected("echo --seed x", "--seed");
    assert_rejected("echo --nodes a,a", "is a duplicate");
    assert_rejected("echo stray", "stray");
    assert_rejected("echo --replay nowhere.json", "can't read nowhere.json");
    assert_rejected("echo --exhaustive-kills --seeds 3", "--exhaustive-kills");
    assert_rejected("echo --exhaustive-kills --digest", "--digest");
    assert_rejected("echo --exhaustive-drops --digest", "--digest");
    assert_rejected("echo --replay nowhere.json --swarm", "--swarm");
    for (old, new) in [
        ("--script", "--replay"),
        ("--kill-everywhere", "--exhaustive-kills"),
        ("--drop-everywhere", "--exhaustive-drops"),
    ] {
        assert_rejected(
            &format!("echo {old}"),
            &format!("error: {old} is now {new}"),
        );
    }
    assert_rejected(
        "echo --seed 18446744073709551615 --seeds 2",
        "the last seed exceeds the maximum, 18446744073709551615",
    );
    assert_rejected(
        "reference-lin-kv --concurrency 3",
        "twice the number of nodes",
    );
}

#[test]
fn arguments_that_the_node_rejects_are_reported_in_one_sentence() {
    assert_rejected(
        "reference-lin-kv --concurrency 2n -- --bug none",
        "the node rejects its arguments: invalid value 'none' for '--bug <BUG>'",
    );
}

#[test]
fn help_after_two_dashes_is_that_of_the_node() {
    let finished = sim("reference-lin-kv -- --help");
    assert_eq!(finished.code(), 0);
    assert!(finished.text().contains("--bug"), "{finished:?}");
}

#[test]
fn sim_has_all_flags_of_a_test() {
    let own = [
        "--bin",
        "--workload",
        "--test-count",
        "--times",
        "--watch",
        "--leave-db-running",
    ];
    let flags = |help: &str| -> Vec<String> {
        let words = help.split_whitespace();
        let flags = words.filter(|word| word.starts_with("--") && word.len() > 2);
        flags
            .map(|flag| flag.trim_end_matches([',', ';', ':']).to_owned())
            .collect()
    };
    let folder = tempfile::tempdir().unwrap();
    let of_test = flags(mael(folder.path(), &["test", "--help"]).text());
    let of_sim = flags(sim("--help").text());
    let processes_only = [
        "--log-stderr",
        "--logging-json",
        "--no-ssh",
        "--strict-host-key-checking",
        "--username",
        "--password",
        "--ssh-private-key",
    ];
    for flag in of_test {
        let known = own.contains(&&*flag) || processes_only.contains(&&*flag);
        assert!(known || of_sim.contains(&flag), "{flag}");
    }
    for flag in ["--seed", "--seeds", "--threads", "--digest"] {
        assert!(of_sim.iter().any(|known| known == flag), "{flag}");
    }
}

#[test]
fn a_passing_sweep_reports_its_size() {
    let finished = sim("echo --seeds 40 --node-count 2");
    assert_eq!(finished.code(), 0);
    assert_eq!(finished.stderr, "");
    assert_eq!(finished.text().lines().count(), 1, "{}", finished.text());
    let summary = line(finished.text(), "40 seeds of echo in ");
    let (_, simulated) = summary.split_once(" s: ").expect(summary);
    let (seconds, _) = simulated.split_once(" s simulated, ").expect(summary);
    // 40 runs of 5 s each, plus up to half a second until all nodes have started.
    let seconds: u64 = seconds.parse().expect(summary);
    assert!((200..=220).contains(&seconds), "{summary}");
    assert!(summary.contains(" operations, "), "{summary}");
    let end = " messages; 0 failed; seed 0 replays exactly";
    assert!(summary.ends_with(end), "{summary}");
}

#[test]
fn the_failures_of_a_sweep_do_not_depend_on_its_threads() {
    let report = |threads: usize| {
        let finished = sim(&format!("{WRONG} --threads {threads} {BUG}"));
        assert_eq!(finished.code(), 1, "{}", finished.stderr);
        let (first, rest) = finished.text().split_once('\n').expect("lines");
        let (_, counts) = first
            .split_once(" s: ")
            .expect("the report contains the elapsed time");
        format!("{counts}\n{rest}")
    };
    let one_by_one = report(1);
    assert!(one_by_one.contains("\nseed "), "{one_by_one}");
    assert_eq!(one_by_one, report(5));
}

#[test]
fn the_command_that_a_sweep_prints_replays_the_failure() {
    let sweep = sim(&format!("{WRONG} {BUG}"));
    let mut lines = sweep.text().lines();
    let failed = lines
        .find(|line| line.starts_with("seed "))
        .expect("a failure");
    let explained: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let (replay, explained) = explained.split_last().expect("an explanation");
    let command = replay
        .strip_prefix("replay it with cargo sim ")
        .expect("a command");
    assert!(command.ends_with(BUG), "{command}");

    let alone = sim(command);
    assert_eq!(alone.code(), 1);
    let report = [&[failed], explained].concat().join("\n");
    assert!(
        alone.text().contains(&report),
        "{report}\nis not in\n{}",
        alone.text()
    );
    assert_eq!(line(alone.text(), "replay it with cargo sim "), command);
    assert!(alone.text().ends_with("Analysis invalid!\n"));
}

#[test]
fn failures_are_counted_by_anomaly() {
    let sweep = sim(&format!("{WRONG} {BUG}"));
    let (_, failures) = sweep.text().split_once(" failed: ").expect("a summary");
    let counts = failures.lines().next().expect("counts");
    let total: usize = counts
        .split(", ")
        .map(|count| count.split(' ').next().expect("a number"))
        .map(|count| count.parse::<usize>().expect("a number"))
        .sum();
    let headlines = sweep
        .text()
        .lines()
        .filter(|line| line.starts_with("seed "));
    let named = headlines.map(|line| {
        let (_, names) = line.split_once(" fails: ").expect("anomalies");
        names
            .split(';')
            .next()
            .unwrap_or_default()
            .split(", ")
            .count()
    });
    assert_eq!(total, named.sum::<usize>(), "{}", sweep.text());
    assert!(counts.contains("lost-update"), "{counts}");
}

/// Runs `sim` with these arguments, and interrupts it after two seconds.
fn sim_interrupted(words: &str) -> Finished {
    sim_signalled(words, &["-INT"])
}

/// Runs `sim` with these arguments, and sends it these signals, each after two seconds.
fn sim_signalled(words: &str, signals: &[&str]) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(SIM);
    command.current_dir(folder.path());
    command.args(words.split_whitespace());
    let child = start(&mut command);
    for signal in signals {
        thread::sleep(Duration::from_secs(2));
        let sent = Command::new("kill")
            .args([signal, &*child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }
    finish(child)
}

#[test]
fn code_that_does_not_return_is_reported_and_signals_still_end_the_sweep() {
    for (trouble, second) in [("spins", "-TERM"), ("blocks", "-INT"), ("spins", "-HUP")] {
        let words = format!("troubled --node-count 1 --seeds 4 -- --trouble {trouble}");
        let finished = sim_signalled(&words, &["-INT", second]);
        assert_eq!(finished.code(), 255, "{finished:?}");
        let report = &finished.stderr;
        let note = "note: the handler of `echo` on n0 has blocked its thread for ";
        assert!(report.contains(note), "{report}");
        let waits = "waiting for seed 0: the handler of `echo` on n0\n";
        assert!(report.contains(waits), "{report}");
    }
}

#[test]
fn a_termination_signal_ends_a_sweep_immediately() {
    let finished = sim_signalled("echo --node-count 1 --seeds 1000000000", &["-TERM"]);
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert_eq!(finished.text(), "");
}

#[test]
fn panics_are_counted_by_location_without_output_of_the_panic_hook() {
    for trouble in ["panics", "task-panics", "timer-panics"] {
        let flags = format!("troubled --node-count 1 --seeds 4 -- --trouble {trouble}");
        let finished = sim(&flags);
        assert_eq!(finished.code(), 1, "{finished:?}");
        // There may also be a note that a slow panic blocked its thread.
        let hook = finished.stderr.contains("panicked at");
        assert!(!hook, "{}", finished.stderr);
        let counts = "; 4 failed: 4 panic at tests/src/troubled.rs:";
        assert!(finished.text().contains(counts), "{}", finished.text());
        let allowed = sim(&flags.replace(" --seeds", " --allow-panics --seeds"));
        assert_eq!(allowed.code(), 0, "{allowed:?}");
    }
}

#[test]
fn a_sweep_whose_first_seed_does_not_replay_fails() {
    let finished = sim("troubled --node-count 2 --seeds 4 -- --trouble dated");
    assert_eq!(finished.code(), 1, "{finished:?}");
    let report = finished.text();
    assert!(report.contains("; 1 failed: 1 diverging\n"), "{report}");
    assert!(
        report.contains("\nseed 0 diverges: the run is not deterministic"),
        "{report}"
    );
    assert!(report.contains("std::time::SystemTime"), "{report}");
}

#[test]
fn an_interrupted_sweep_reports_its_results() {
    let finished = sim_interrupted("echo --node-count 1 --seeds 1000000000");
    assert_eq!(finished.code(), 255, "{finished:?}");
    let report = finished.text();
    assert!(
        report.starts_with("interrupted before all 1000000000 seeds had run\n"),
        "{report}"
    );
    assert!(report.contains(" seeds of echo in "), "{report}");
    assert!(
        report.contains(" messages; 0 failed; seed 0 replays exactly"),
        "{report}"
    );
    assert!(
        finished.stderr.starts_with("interrupted; "),
        "{}",
        finished.stderr
    );
}

#[test]
fn an_interrupted_exhaustive_test_reports_its_progress() {
    let finished = sim_interrupted("echo --rate 100 --exhaustive-kills");
    assert_eq!(finished.code(), 255, "{finished:?}");
    let report = finished.text();
    assert!(report.starts_with("interrupted after "), "{report}");
    let passes = line(report, "echo passes with a fault at each of ");
    assert!(passes.ends_with(" points"), "{report}");
}

/// Enough operations for a bug that occurs from time to time.
const MORE: &str = "reference-g-counter --node-count 2 --rate 30 --time-limit 2";

/// Few enough operations to run at each point.
const LITTLE: &str = "reference-g-counter --node-count 2 --rate 5 --time-limit 2";

#[test]
fn a_failing_run_is_shrunk_to_one_that_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let failed = sim_in(folder.path(), &format!("{MORE} -- --bug adds-twice"));
    assert_eq!(failed.code(), 1, "{}", failed.stderr);
    let (_, trace) = failed
        .text()
        .split_once("\nminimal run after ")
        .expect("a trace");
    assert!(trace.contains(": invoke "), "{trace}");
    assert!(trace.contains(" -> lin-kv: cas "), "{trace}");
    let command = line(trace, "replay the minimal run with cargo sim ");
    assert!(command.contains(" --replay=store/g-counter/"), "{command}");
    assert!(command.ends_with(" -- --bug adds-twice"), "{command}");

    let again = sim_in(folder.path(), command);
    assert_eq!(again.code(), 1, "{}", again.stderr);
    assert!(
        !again.text().contains("minimal run after "),
        "{}",
        again.text()
    );
    let verdict = trace
        .lines()
        .find(|line| line.starts_with("wrong-final-read"));
    let verdict = verdict.expect("an explanation");
    assert!(again.text().contains(verdict), "{}", again.text());
}

#[test]
fn a_single_run_has_a_report_with_its_minimal_run() {
    let words = format!("{MORE} --seed 1 -- --bug adds-twice");
    let folder = tempfile::tempdir().unwrap();
    let failed = sim_in(folder.path(), &words);
    assert_eq!(failed.code(), 1, "{failed:?}");
    let report = folder.path().join(line(failed.text(), "report: "));
    let report = std::fs::read_to_string(report).unwrap();
    let trace = folder.path().join("store/latest/trace.svg");
    let trace = std::fs::read_to_string(trace).unwrap();
    assert!(report.contains("The minimal run") && report.contains(&trace));
    let without = sim_in(folder.path(), &words.replace(" -- ", " --no-pictures -- "));
    assert_eq!(without.code(), 1, "{without:?}");
    assert!(!without.text().contains("report: "));
    assert!(!folder.path().join("store/latest/report.html").exists());
}

#[test]
fn failures_of_sweeps_and_exhaustive_tests_are_saved_and_can_be_replayed() {
    let early = format!("{LITTLE} --exhaustive-kills -- --bug acks-early");
    for (words, name) in [
        (
            format!("{MORE} --seeds 3 -- --bug adds-twice"),
            "the minimal run",
        ),
        (early.clone(), "the minimal run"),
        (early.replace(" -- ", " --no-shrink -- "), "this run alone"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let failed = sim_in(folder.path(), &words);
        assert_eq!(failed.code(), 1, "{words}: {failed:?}");
        let store = folder.path().join(line(failed.text(), "store: "));
        for name in [
            "replay.json",
            "test.json",
            "history.edn",
            "net-journal.jsonl",
        ] {
            assert!(store.join(name).exists(), "{words}: no {name}");
        }
        assert!(!store.join("report.html").exists(), "{words}");
        let command = line(failed.text(), &format!("replay {name} with cargo sim "));
        let again = sim_in(folder.path(), command);
        assert_eq!(again.code(), 1, "{command}: {again:?}");
        let (report, _) = failed.text().split_once(&format!("replay {name}")).unwrap();
        let mut verdicts = report
            .lines()
            .filter(|line| line.starts_with("wrong-final-read"));
        let verdict = verdicts.next_back().expect("an explanation");
        assert!(
            again.text().contains(verdict),
            "{verdict}: {}",
            again.text()
        );
    }
}

#[test]
fn no_shrink_reports_a_failing_run_without_shrinking_it() {
    let failed = sim(&format!("{MORE} --no-shrink -- --bug adds-twice"));
    assert_eq!(failed.code(), 1, "{}", failed.stderr);
    assert!(
        !failed.text().contains("minimal run after "),
        "{}",
        failed.text()
    );
}

#[test]
fn a_node_is_killed_at_each_step_and_each_message_is_dropped() {
    for flag in ["--exhaustive-kills", "--exhaustive-drops"] {
        let right = sim(&format!("{LITTLE} {flag}"));
        assert_eq!(right.code(), 0, "{}", right.text());
        let points = line(
            right.text(),
            "reference-g-counter passes with a fault at each of ",
        );
        assert!(points.ends_with(" points"), "{points}");
    }
    let early = sim(&format!("{LITTLE} --exhaustive-kills -- --bug acks-early"));
    assert_eq!(early.code(), 1, "{}", early.text());
    assert!(
        early.text().contains(" is killed before step "),
        "{}",
        early.text()
    );
}

#[test]
fn an_exhaustive_search_without_points_is_unknown() {
    let finished = sim("echo --exhaustive-drops");
    assert_eq!(finished.code(), 2, "{finished:?}");
    assert_eq!(
        finished.text(),
        "no faults can be injected into echo: there are no messages between servers\n"
    );
}

#[test]
fn an_invalid_plan_is_rejected_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replay.json");
    let rejected_with = |options: &str, operations: &str, actions: &str, reason: &str| {
        let schedule = format!(
            r#"{{"length": 1000000000, "operations": [{operations}], "actions": [{actions}], "links": []}}"#
        );
        let plan = format!(r#"{{"options": {{{options}}}, "schedule": {schedule}}}"#);
        std::fs::write(&path, plan).unwrap();
        assert_rejected(&format!("echo --replay {}", path.display()), reason);
    };
    let rejected =
        |operations: &str, actions: &str, reason| rejected_with("", operations, actions, reason);
    let operation = |thread: usize, f: &str, value: &str| {
        format!(r#"{{"time": 0, "thread": {thread}, "f": "{f}", "value": "{value}"}}"#)
    };
    rejected(
        &operation(0, "read", "nil"),
        "",
        "\"read\" of nil, which clients of echo can't do",
    );
    rejected(
        &operation(0, "echo", "3"),
        "",
        "\"echo\" of 3, which clients of echo can't do",
    );
    rejected(
        &operation(5, "echo", r#"\"x\""#),
        "",
        "client thread 5, but there are 5",
    );
    rejected(
        "",
        r#"{"time": 0, "action": {"kill": {"targets": "one", "nodes": ["n1"]}}}"#,
        "the fault kill, which --nemesis must name",
    );
    for (name, new) in [
        ("flap", "--nemesis partition --partition-interval 0.5"),
        ("crash", "--nemesis kill --kill-at step"),
    ] {
        let reason = format!("{name} is now `{new}`");
        rejected_with(&format!(r#""nemesis": ["{name}"]"#), "", "", &reason);
    }
}
