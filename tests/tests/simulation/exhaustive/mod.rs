//! Tests exhaustive runs, which kill a node at each of its steps, or drop each message, one in each
//! run.

mod from_start_to_end;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::{simulate, workloads};
use mael_tests::planted::nodes::SharedWorkload;
use mael_tests::reference::{broadcast, counter};

/// Returns a simulation with about ten operations.
fn small<N: Handlers>(workload: impl SharedWorkload, nodes: usize) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(nodes)
        .rate(10.0)
        .time_limit(secs(1))
        .recovery(secs(2))
}

fn counters(nodes: usize, args: &[&str]) -> Simulation<counter::Counter> {
    small(workloads::GCounter, nodes).args(args.iter().copied())
}

fn broadcasts(args: &[&str]) -> Simulation<broadcast::Broadcast> {
    small(workloads::Broadcast, 2).args(args.iter().copied())
}

/// Returns the panic message of a failing test.
fn report(test: impl FnOnce() -> u64 + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(test).expect_err("the test fails at some point");
    *panic
        .downcast::<String>()
        .expect("the panic's payload is a string")
}

#[test]
fn a_node_that_stores_its_state_in_a_service_tolerates_a_kill_at_any_step() {
    let points = counters(2, &[]).exhaustive_kills();
    assert!(points > 50, "{points}");
}

#[test]
fn a_node_that_acknowledges_too_early_fails_when_killed_at_some_step() {
    let text = report(|| counters(2, &["--bug", "acks-early"]).exhaustive_kills());
    println!("{text}");
    assert!(text.contains("is killed before step"), "{text}");
    assert!(text.contains("n0 is killed\n"), "{text}");
}

#[test]
fn a_node_that_loses_its_state_is_found() {
    counters(1, &["--bug", "counts-locally"])
        .seeds(0..5)
        .check();
    let text = report(|| counters(1, &["--bug", "counts-locally"]).exhaustive_kills());
    println!("{text}");
    assert!(text.contains("n0 is killed before step"), "{text}");
}

#[test]
fn a_broadcast_that_retries_tolerates_the_loss_of_any_message() {
    let points = broadcasts(&[]).exhaustive_drops();
    assert!(points > 5, "{points}");
    assert!(counters(2, &[]).exhaustive_drops() > 20);
}

#[test]
fn a_broadcast_that_sends_once_is_found() {
    broadcasts(&["--bug", "sends-once"]).seeds(0..5).check();
    let text = report(|| broadcasts(&["--bug", "sends-once"]).exhaustive_drops());
    println!("{text}");
    assert!(text.contains("is lost"), "{text}");
    assert!(text.contains("NOT DELIVERED"), "{text}");
}

#[test]
fn a_run_whose_only_operation_of_a_kind_fails_does_not_fail() {
    let few = counters(2, &[]).rate(3.0).seeds(0..20);
    let too_little = few.run().iter().any(|run| {
        let kinds = run.record.history.invocations().map(|it| it.f.to_string());
        kinds.filter(|kind| kind == "add").count() == 1
    });
    assert!(too_little, "no run has a single addition");
    assert!(few.exhaustive_kills() > 100);
    assert!(few.exhaustive_drops() > 100);
}

/// A broadcast that sends each message once, to its peers in an order that does not depend on the
/// seed.
#[node]
struct Unordered {
    peers: Peers<Unordered>,
    messages: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl Unordered {
    #[handler]
    fn broadcast(&self, message: u64) {
        let peers: HashMap<usize, _> = self.peers.iter().enumerate().collect();
        for peer in peers.values() {
            peer.forward(message).send();
        }
        self.messages.borrow_mut().insert(message);
    }

    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    #[handler]
    fn forward(&self, message: u64) {
        self.messages.borrow_mut().insert(message);
    }
}

#[test]
fn a_nondeterministic_run_with_a_fault_is_reported_as_diverging() {
    let unordered = small::<Unordered>(workloads::Broadcast, 5).seeds(1..=1);
    let text = report(AssertUnwindSafe(|| unordered.exhaustive_drops()));
    assert!(
        text.contains("seed 1 diverges: the run is not deterministic"),
        "{text}"
    );
}

#[test]
fn a_run_that_fails_without_a_fault_is_reported_as_such() {
    let text = report(|| broadcasts(&["--bug", "never-gossips"]).exhaustive_drops());
    assert!(text.starts_with("when no fault is injected:"), "{text}");
}
