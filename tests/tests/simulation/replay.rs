//! Tests that a failing test prints how to replay its seed, and the minimal run, which it saves in
//! a file.

use std::env;
use std::fs;
use std::panic::{UnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use mael_sim::simulation::{ReplayPlan, Simulation, secs};
use mael_sim::{simulate, workloads};
use mael_tests::reference::{broadcast, counter};

/// Returns a simulation of a broadcast without gossip, which fails if there are reads.
fn silent() -> Simulation<broadcast::Broadcast> {
    simulate::<broadcast::Broadcast>(workloads::Broadcast)
        .nodes(3)
        .rate(10.0)
        .time_limit(secs(2))
        .recovery(secs(1))
        .args(["--bug", "never-gossips"])
        .seeds(3..9)
}

/// Returns a simulation of a counter that fails if it is killed at some steps.
fn early() -> Simulation<counter::Counter> {
    simulate::<counter::Counter>(workloads::GCounter)
        .nodes(2)
        .rate(10.0)
        .time_limit(secs(1))
        .recovery(secs(2))
        .args(["--bug", "acks-early"])
}

/// Whether the environment requests a replay.
fn is_replay() -> bool {
    ["MAEL_SEED", "MAEL_REPLAY", "MAEL_PLAN"]
        .iter()
        .any(|variable| env::var_os(variable).is_some())
}

/// Runs only one of these tests, with an environment variable. Returns whether it passed, and its
/// output.
fn run_again(test: &str, variable: &str, value: &str) -> (bool, String) {
    let exe = env::current_exe().expect("the test's executable has a path");
    let mut command = Command::new(exe);
    command.args(["--exact", "--nocapture", test]);
    let finished = mael_tests::run(command.env(variable, value));
    let report = finished.text().to_owned() + &finished.stderr;
    (finished.status.success(), report)
}

/// Returns the panic message of a failing test.
fn report<T>(test: impl FnOnce() -> T + UnwindSafe) -> String {
    let panic = catch_unwind(test).map(drop).expect_err("the test fails");
    *panic
        .downcast::<String>()
        .expect("the panic's payload is a string")
}

/// Returns the file in which a failing test has saved a run.
fn saved_file<'a>(report: &'a str, test: &str) -> &'a str {
    let line = report.lines().last().unwrap_or_default();
    let path = line.strip_prefix("replay the minimal run with MAEL_REPLAY=");
    let path = path.and_then(|rest| rest.strip_suffix(&format!(" cargo test {test}")));
    path.unwrap_or_else(|| panic!("{report}"))
}

/// Returns the trace of the minimal run.
fn trace(report: &str) -> Vec<&str> {
    let lines = report.lines().filter(|line| line.contains(" ms  "));
    lines.collect()
}

#[test]
fn mael_seed_selects_the_seed() {
    const NAME: &str = "replay::mael_seed_selects_the_seed";
    if is_replay() {
        return silent().check();
    }
    let with_seed = |seed: &str| run_again(NAME, "MAEL_SEED", seed);
    let (passes, report) = with_seed("5");
    assert!(
        !passes && report.contains("seed 5 fails: lost\n"),
        "{report}"
    );
    assert!(
        report.contains("replay it with MAEL_SEED=5 cargo test"),
        "{report}"
    );
    assert!(with_seed("").1.contains("seed 3 fails"));
    let (passes, report) = with_seed("x");
    let rejected = "MAEL_SEED is \"x\", but must be a number from 0";
    assert!(!passes && report.contains(rejected), "{report}");
}

#[test]
fn mael_replay_replays_a_minimal_run() {
    const NAME: &str = "replay::mael_replay_replays_a_minimal_run";
    if is_replay() {
        return silent().check();
    }
    let report = report(|| silent().check());
    let path = saved_file(&report, NAME);
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    assert_eq!(name, Some("Broadcast-broadcast-seed-3.json"));

    let plan = ReplayPlan::from_json(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(silent().run_plan(&plan).anomalies().contains("lost"));
    let right = silent().args::<&str>([]).run_plan(&plan);
    assert!(right.passed(), "{:?}", right.results);

    let (passes, again) = run_again(NAME, "MAEL_REPLAY", path);
    assert!(!passes && again.contains("seed 3 fails: lost\n"), "{again}");
    let replay = format!("replay it with MAEL_REPLAY={path} cargo test {NAME}\n");
    assert!(again.contains(&replay), "{again}");
    assert!(trace(&report).len() > 5, "{report}");
    assert_eq!(trace(&report), trace(&again));
}

#[test]
fn mael_replay_replays_the_kill_of_an_exhaustive_test() {
    const NAME: &str = "replay::mael_replay_replays_the_kill_of_an_exhaustive_test";
    if is_replay() {
        // The replay plan contains a single run.
        assert_eq!(early().args::<&str>([]).exhaustive_kills(), 1);
        early().exhaustive_kills();
        return;
    }
    let report = report(|| early().exhaustive_kills());
    let (passes, again) = run_again(NAME, "MAEL_REPLAY", saved_file(&report, NAME));
    assert!(!passes, "{again}");
    assert!(
        trace(&report)
            .iter()
            .any(|line| line.ends_with("n0 is killed") || line.ends_with("n1 is killed"))
    );
    // Both runs of the plan print their traces, first that of the correct node.
    let (report, again) = (trace(&report), trace(&again));
    assert!(again.len() > report.len(), "{again:?}");
    assert!(again.ends_with(&report), "{report:?} {again:?}");
}

#[test]
fn an_invalid_plan_is_rejected() {
    const NAME: &str = "replay::an_invalid_plan_is_rejected";
    if is_replay() {
        return silent().check();
    }
    let (passes, report) = run_again(NAME, "MAEL_REPLAY", "nowhere.json");
    let rejected = "MAEL_REPLAY is nowhere.json: No such file";
    assert!(!passes && report.contains(rejected), "{report}");
    let (passes, report) = run_again(NAME, "MAEL_PLAN", "nowhere.json");
    assert!(
        !passes && report.contains("MAEL_PLAN is now MAEL_REPLAY"),
        "{report}"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    let run = early().run_seed(0);
    let plan = ReplayPlan {
        options: early().options_of(0),
        schedule: run.record.schedule,
    };
    fs::write(&path, plan.to_json()).unwrap();
    let (passes, report) = run_again(NAME, "MAEL_REPLAY", path.to_str().unwrap());
    assert!(
        !passes && report.contains(" which clients of broadcast can't do"),
        "{report}"
    );
}

#[test]
fn a_minimal_run_that_cannot_be_saved_is_reported() {
    // A file blocks the folder of this test.
    let exe = env::current_exe().expect("the test's executable has a path");
    let folder = exe
        .ancestors()
        .nth(2)
        .expect("the executable is in `deps`")
        .join("mael-replays");
    fs::create_dir_all(&folder).unwrap();
    let blocked = folder.join("replay.a_minimal_run_that_cannot_be_saved_is_reported");
    fs::write(&blocked, "").unwrap();
    let report = report(|| silent().check());
    fs::remove_file(&blocked).unwrap();
    let why = format!(
        "can't save the minimal run: can't write {}",
        blocked.display()
    );
    let last = report.lines().last().unwrap_or_default();
    assert!(last.starts_with(&why), "{report}");
}
