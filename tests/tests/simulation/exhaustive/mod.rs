//! A node is killed at each of its steps, and each message is dropped, one in each run.

mod from_start_to_end;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::{Simulation, secs};
use mael_sim::{simulate, workloads};
use mael_tests::planted::nodes::SharedWorkload;
use mael_tests::reference::{broadcast, counter};

/// A run of about ten operations.
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

/// What a test panics with.
fn report(test: impl FnOnce() -> u64 + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(test).expect_err("a point makes it fail");
    *panic.downcast::<String>().expect("it says why")
}

#[test]
fn a_node_that_keeps_all_in_a_store_can_be_killed_anywhere() {
    let points = counters(2, &[]).exhaustive_kills();
    assert!(points > 50, "{points}");
}

#[test]
fn a_node_that_acknowledges_too_early_is_killed_at_the_wrong_moment() {
    let text = report(|| counters(2, &["--bug", "acks-early"]).exhaustive_kills());
    println!("{text}");
    assert!(text.contains("is killed before step"), "{text}");
    assert!(text.contains("n0 is killed\n"), "{text}");
}

#[test]
fn a_node_that_forgets_is_found() {
    counters(1, &["--bug", "counts-locally"])
        .seeds(0..5)
        .check();
    let text = report(|| counters(1, &["--bug", "counts-locally"]).exhaustive_kills());
    println!("{text}");
    assert!(text.contains("n0 is killed before step"), "{text}");
}

#[test]
fn a_broadcast_that_retries_bears_the_loss_of_any_message() {
    let points = broadcasts(&[]).exhaustive_drops();
    assert!(points > 5, "{points}");
    assert!(counters(2, &[]).exhaustive_drops() > 20);
}

#[test]
fn a_broadcast_that_tells_once_is_found() {
    broadcasts(&["--bug", "sends-once"]).seeds(0..5).check();
    let text = report(|| broadcasts(&["--bug", "sends-once"]).exhaustive_drops());
    println!("{text}");
    assert!(text.contains("is lost"), "{text}");
    assert!(text.contains("NOT DELIVERED"), "{text}");
}

#[test]
fn that_the_only_operation_of_a_kind_does_not_succeed_is_no_failure() {
    let few = counters(2, &[]).rate(3.0).seeds(0..20);
    let too_little = few.run().iter().any(|run| {
        let kinds = run.record.history.invocations().map(|it| it.f.to_string());
        kinds.filter(|kind| kind == "add").count() == 1
    });
    assert!(too_little, "no run has a single addition");
    assert!(few.exhaustive_kills() > 100);
    assert!(few.exhaustive_drops() > 100);
}

/// A broadcast that sends each message once, to its peers in an order that no seed decides.
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
            peer.tell(message).send();
        }
        self.messages.borrow_mut().insert(message);
    }

    #[handler(reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.messages.borrow().clone()
    }

    #[handler]
    fn tell(&self, message: u64) {
        self.messages.borrow_mut().insert(message);
    }
}

#[test]
fn a_broken_run_that_is_never_the_same_is_told_to_diverge() {
    let unordered = small::<Unordered>(workloads::Broadcast, 5).seeds(1..=1);
    let text = report(AssertUnwindSafe(|| unordered.exhaustive_drops()));
    assert!(
        text.contains("seed 1 diverges: the run is not deterministic"),
        "{text}"
    );
}

#[test]
fn a_run_that_fails_unbroken_says_so() {
    let text = report(|| broadcasts(&["--bug", "never-gossips"]).exhaustive_drops());
    assert!(text.starts_with("when no fault is injected:"), "{text}");
}
