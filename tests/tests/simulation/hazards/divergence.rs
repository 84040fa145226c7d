//! Tests that a failing seed is repeated, and that the report shows the first message that differs,
//! and common causes, if the two runs differ.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::{Divergence, Diverging, Simulation};

use super::nodes::{Dated, Deterministic, Hashed, Sharing};
use super::simulation;

/// Returns a simulation of a node that fails each echo.
fn failing<N: Handlers>() -> Simulation<N> {
    simulation::<N>().args(["--fails"])
}

/// Returns the panic message of `check` in a test with the name `my_test`.
fn report<N: Handlers>(simulation: &Simulation<N>) -> String {
    let panic = thread::scope(|scope| {
        let test = thread::Builder::new().name("my_test".to_owned());
        let test = test.spawn_scoped(scope, || simulation.check());
        test.expect("a thread can be spawned").join()
    });
    let text = panic.expect_err("every seed fails").downcast::<String>();
    *text.expect("the panic's payload is a string")
}

/// Asserts that a failing seed is reported as diverging at a message between `n0` and `n1`.
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
            assert!(version.contains(r#""type":"receive""#), "{text}");
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
fn hash_order_is_reported_by_a_message_that_depends_on_it() {
    assert_diverges::<Hashed>();
}

#[test]
fn the_systems_clock_is_reported_by_a_message_that_depends_on_it() {
    assert_diverges::<Dated>();
}

#[test]
fn a_static_is_reported_by_a_message_that_depends_on_it() {
    assert_diverges::<Sharing>();
}

#[test]
fn a_deterministic_failure_is_not_reported_as_diverging() {
    let text = report(&failing::<Deterministic>().seeds(3..9));
    assert!(text.starts_with("seed 3 fails: wrong-echo\n"), "{text}");
    let replay = "replay it with MAEL_SEED=3 cargo test my_test";
    assert!(text.lines().any(|line| line == replay), "{text}");
    assert!(!text.contains("diverges"), "{text}");
    assert_eq!(failing::<Deterministic>().divergence(3), None);
}

/// The number of runs in this process, which only affects replies to clients.
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
fn a_run_that_fails_only_the_first_time_is_reported_by_its_operations() {
    let text = report(&simulation::<Remembering>().seeds(0..2).threads(1));
    assert!(text.contains("the first operation that differs"), "{text}");
    assert!(text.contains(r#""something else""#), "{text}");
}

#[test]
fn divergence_compares_two_runs_of_a_seed() {
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
