//! What a failing test was reduced to is kept beside what cargo has built, and can be played.

use std::env;
use std::panic::catch_unwind;
use std::process::Command;

use guestbook::Guestbook;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::{simulate, workloads};

const NAME: &str = "what_a_failure_was_reduced_to_can_be_played";

/// A guestbook that fails: nobody ever hears of anybody else.
fn lonely() -> Simulation<Guestbook> {
    simulate::<Guestbook>(workloads::GSet)
        .nodes(3)
        .rate(10.0)
        .time_limit(secs(2))
        .args(["--gossip-ms", "1000000"])
}

#[test]
fn what_a_failure_was_reduced_to_can_be_played() {
    if env::var_os("MAEL_PLAN").is_some() {
        return lonely().check();
    }
    let panic = catch_unwind(|| lonely().check()).expect_err("it fails");
    let told = *panic.downcast::<String>().expect("a panic with a text");
    let last = told.lines().last().unwrap_or_default();
    let path = last.strip_prefix("replay what it was reduced to with MAEL_PLAN=");
    let path = path.and_then(|rest| rest.strip_suffix(&format!(" cargo test {NAME}")));
    let path = path.unwrap_or_else(|| panic!("{told}"));
    assert!(path.ends_with("/Guestbook-g-set-seed-0.json"), "{path}");

    // What cargo would run.
    let exe = env::current_exe().expect("this test is a file");
    let mut again = Command::new(exe);
    again
        .args(["--exact", "--nocapture", NAME])
        .env("MAEL_PLAN", path);
    let again = again.output().expect("it can be run again");
    let stderr = String::from_utf8_lossy(&again.stderr);
    assert!(
        !again.status.success() && stderr.contains("seed 0 fails: lost\n"),
        "{stderr}"
    );
    let story = told.lines().filter(|line| line.contains(" ms  "));
    assert!(story.clone().count() >= 4, "{told}");
    for line in story {
        assert!(stderr.contains(line), "{line} is not in {stderr}");
    }
}
