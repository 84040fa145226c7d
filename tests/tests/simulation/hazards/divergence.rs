//! A seed that fails runs again, and if the two runs differ, the report shows the
//! first message that differs, and common causes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::{Divergence, Diverging, Simulation};

use super::nodes::{Dated, Hashed, Orderly, Sharing};
use super::simulation;

/// A simulation of a node that fails each echo.
fn failing<N: Handlers>() -> Simulation<N> {
    simulation::<N>().args(["--fails"])
}

/// What `check` panics with in a test of the name `my_test`.
fn report<N: Handlers>(simulation: &Simulation<N>) -> String {
    let panic = thread::scope(|scope| {
        let test = thread::Builder::new().name("my_test".to_owned());
        let test = test.spawn_scoped(scope, || simulation.check());
        test.expect("there can be one more thread").join()
    });
    let text = panic.expect_err("every seed fails").downcast::<String>();
    *text.expect("a panic with a text")
}

/// Asserts that a failing seed is reported to diverge at a message of `n0` or `n1` to the other,
/// and returns the report.
fn assert_diverges<N: Handlers>() {
    for simulation in [failing::<N>(), failing::<N>().journal()] {
        let text = report(&simulation.seeds(3..9));
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("seed 3 diverges: the run is not deterministic"),
            "{text}"
        );
        assert!(
            lines[1].starts_with("the first message that differs, after "),
            "{text}"
        );
        let [first, second] = ["  first run:  ", "  second run: "].map(|run| {
            lines
                .iter()
                .find_map(|line| line.strip_prefix(run))
                .expect(run)
        });
        assert_ne!(first, second);
        for version in [first, second] {
            assert!(version.contains(" sends to n"), "{text}");
            assert!(version.contains(r#""type":"hear""#), "{text}");
        }
        for suspect in [
            "HashMap",
            "Instant",
            "static",
            "thread",
            "rand",
            "addresses",
        ] {
            assert!(text.contains(suspect), "{text}");
        }
        let again = "run it again with MAEL_SEED=3 cargo test my_test";
        assert_eq!(lines.last(), Some(&again));
        assert!(!text.contains("seed 3 fails"), "{text}");
    }
}

#[test]
fn hash_order_is_told_by_the_message_it_shows_in() {
    assert_diverges::<Hashed>();
}

#[test]
fn the_systems_clock_is_told_by_the_message_it_shows_in() {
    assert_diverges::<Dated>();
}

#[test]
fn a_static_is_told_by_the_message_it_shows_in() {
    assert_diverges::<Sharing>();
}

#[test]
fn a_failure_that_replays_is_told_as_such() {
    let text = report(&failing::<Orderly>().seeds(3..9));
    assert!(text.starts_with("seed 3 fails: wrong-echo\n"), "{text}");
    let replay = "replay it with MAEL_SEED=3 cargo test my_test";
    assert!(text.lines().any(|line| line == replay), "{text}");
    assert!(!text.contains("diverges"), "{text}");
    assert_eq!(failing::<Orderly>().divergence(3), None);
}

/// State that survives runs in a process, and that only a client receives.
static RUNS: AtomicU64 = AtomicU64::new(0);

#[node]
struct Remembering {
    id: NodeId,
}

#[handlers]
impl Remembering {
    #[init]
    fn count(&self) {
        if self.id == "n0" {
            RUNS.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        match RUNS.load(Ordering::Relaxed) {
            // The first seed is run twice.
            3 => "something else".to_owned(),
            _ => echo,
        }
    }
}

#[test]
fn a_run_that_only_the_first_time_fails_is_told_by_its_operations() {
    let text = report(&simulation::<Remembering>().seeds(0..2).threads(1));
    assert!(text.contains("the first operation that differs"), "{text}");
    assert!(text.contains(r#""something else""#), "{text}");
}

#[test]
fn a_seed_can_be_asked_whether_it_replays() {
    let Some(Divergence {
        kind,
        node,
        first,
        second,
        ..
    }) = failing::<Dated>().divergence(0)
    else {
        panic!("the system's clock was the same twice");
    };
    assert_eq!(kind, Diverging::Message);
    assert!(node.is_some_and(|node| node == "n0" || node == "n1"));
    assert!(first.is_some() && second.is_some());
}
