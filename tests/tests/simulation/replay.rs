//! A test that fails says how to have its seed run again, and the minimal run, which it
//! keeps in a file.

use std::env;
use std::fs;
use std::panic::{UnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use mael_sim::simulation::{ReplayPlan, Simulation, secs};
use mael_sim::{simulate, workloads};
use mael_tests::reference::{broadcast, counter};

/// A broadcast that fails whenever somebody reads.
fn silent() -> Simulation<broadcast::Broadcast> {
    simulate::<broadcast::Broadcast>(workloads::Broadcast)
        .nodes(3)
        .rate(10.0)
        .time_limit(secs(2))
        .recovery(secs(1))
        .args(["--bug", "never-gossips"])
        .seeds(3..9)
}

/// A counter that fails when it is killed at the wrong moment.
fn early() -> Simulation<counter::Counter> {
    simulate::<counter::Counter>(workloads::GCounter)
        .nodes(2)
        .rate(10.0)
        .time_limit(secs(1))
        .recovery(secs(2))
        .args(["--bug", "acks-early"])
}

/// Whether this is a test that was asked to replay something.
fn is_replay() -> bool {
    ["MAEL_SEED", "MAEL_REPLAY", "MAEL_PLAN"]
        .iter()
        .any(|variable| env::var_os(variable).is_some())
}

/// Runs one of these tests alone with a variable in its environment. Gives whether it passed, and
/// all that it printed.
fn run_again(test: &str, variable: &str, value: &str) -> (bool, String) {
    let exe = env::current_exe().expect("this test is a file");
    let mut command = Command::new(exe);
    command.args(["--exact", "--nocapture", test]);
    let finished = mael_tests::run(command.env(variable, value));
    let report = finished.text().to_owned() + &finished.stderr;
    (finished.status.success(), report)
}

/// What a failing test panics with.
fn report<T>(test: impl FnOnce() -> T + UnwindSafe) -> String {
    let panic = catch_unwind(test).map(drop).expect_err("it fails");
    *panic.downcast::<String>().expect("a panic with a text")
}

/// The file that a failing test says it has kept a run in.
fn kept<'a>(report: &'a str, test: &str) -> &'a str {
    let line = report.lines().last().unwrap_or_default();
    let path = line.strip_prefix("replay the minimal run with MAEL_REPLAY=");
    let path = path.and_then(|rest| rest.strip_suffix(&format!(" cargo test {test}")));
    path.unwrap_or_else(|| panic!("{report}"))
}

/// The trace of the run that a seed was shrunk to.
fn trace(report: &str) -> Vec<&str> {
    let lines = report.lines().filter(|line| line.contains(" ms  "));
    lines.collect()
}

#[test]
fn the_environment_has_another_seed_run() {
    const NAME: &str = "replay::the_environment_has_another_seed_run";
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
    let refused = "MAEL_SEED is \"x\", but must be a number from 0";
    assert!(!passes && report.contains(refused), "{report}");
}

#[test]
fn the_environment_has_a_minimal_run_played() {
    const NAME: &str = "replay::the_environment_has_a_minimal_run_played";
    if is_replay() {
        return silent().check();
    }
    let report = report(|| silent().check());
    let path = kept(&report, NAME);
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
fn a_point_at_which_all_goes_wrong_is_kept_too() {
    const NAME: &str = "replay::a_point_at_which_all_goes_wrong_is_kept_too";
    if is_replay() {
        // The plan is one run.
        assert_eq!(early().args::<&str>([]).exhaustive_kills(), 1);
        early().exhaustive_kills();
        return;
    }
    let report = report(|| early().exhaustive_kills());
    let (passes, again) = run_again(NAME, "MAEL_REPLAY", kept(&report, NAME));
    assert!(!passes, "{again}");
    assert!(
        trace(&report)
            .iter()
            .any(|line| line.ends_with("n0 is killed") || line.ends_with("n1 is killed"))
    );
    // Each of the two runs of the plan prints its trace, the right node's first.
    let (report, again) = (trace(&report), trace(&again));
    assert!(again.len() > report.len(), "{again:?}");
    assert!(again.ends_with(&report), "{report:?} {again:?}");
}

#[test]
fn a_plan_that_can_not_be_played_is_refused() {
    const NAME: &str = "replay::a_plan_that_can_not_be_played_is_refused";
    if is_replay() {
        return silent().check();
    }
    let (passes, report) = run_again(NAME, "MAEL_REPLAY", "nowhere.json");
    let refused = "MAEL_REPLAY is nowhere.json: No such file";
    assert!(!passes && report.contains(refused), "{report}");
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
fn that_a_minimal_run_can_not_be_kept_is_told() {
    // Where the folder of this test is to be, there is a file.
    let exe = env::current_exe().expect("this test is a file");
    let folder = exe
        .ancestors()
        .nth(2)
        .expect("it lies in deps")
        .join("mael-replays");
    fs::create_dir_all(&folder).unwrap();
    let blocked = folder.join("replay.that_a_minimal_run_can_not_be_kept_is_told");
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
