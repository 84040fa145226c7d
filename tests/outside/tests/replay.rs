//! A failing test saves its shrunk run in cargo's target folder, from where it can be replayed.

use std::env;
use std::panic::catch_unwind;
use std::process::Command;

use guestbook::Guestbook;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::{simulate, workloads};

const NAME: &str = "a_shrunk_failure_can_be_replayed";

/// A guestbook that fails, because its nodes never gossip.
fn without_gossip() -> Simulation<Guestbook> {
    simulate::<Guestbook>(workloads::GSet)
        .nodes(3)
        .rate(10.0)
        .time_limit(secs(2))
        .args(["--gossip-ms", "1000000"])
}

#[test]
fn a_shrunk_failure_can_be_replayed() {
    if env::var_os("MAEL_REPLAY").is_some() {
        return without_gossip().check();
    }
    let panic = catch_unwind(|| without_gossip().check()).expect_err("it fails");
    let report = *panic
        .downcast::<String>()
        .expect("the panic's payload is a string");
    let last = report.lines().last().unwrap_or_default();
    let path = last.strip_prefix("replay the minimal run with MAEL_REPLAY=");
    let path = path.and_then(|rest| rest.strip_suffix(&format!(" cargo test {NAME}")));
    let path = path.unwrap_or_else(|| panic!("{report}"));
    assert!(path.ends_with("/Guestbook-g-set-seed-0.json"), "{path}");

    // The program that cargo would run.
    let exe = env::current_exe().expect("the test's executable has a path");
    let mut command = Command::new(exe);
    command
        .args(["--exact", "--nocapture", NAME])
        .env("MAEL_REPLAY", path);
    let output = command.output().expect("the test can be run");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && stderr.contains("seed 0 fails: lost\n"),
        "{stderr}"
    );
    let trace = report.lines().filter(|line| line.contains(" ms  "));
    assert!(trace.clone().count() >= 4, "{report}");
    for line in trace {
        assert!(stderr.contains(line), "{line} is not in {stderr}");
    }
}
