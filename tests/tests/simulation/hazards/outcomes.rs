//! Tests that each hazard has the effect that the guide describes.

use std::thread;
use std::time::Duration;

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::Simulated;
use tokio::sync::oneshot;

use super::nodes::{Dated, Deterministic, Hashed, Sharing};
use super::simulation;

/// Whether two runs of the same seed differ.
fn differs<N: Handlers>() -> bool {
    simulation::<N>().divergence(0).is_some()
}

/// Returns the distinct errors of operations.
fn errors(run: &Simulated) -> Vec<String> {
    let operations = run.record.history.completions();
    let errors = operations.filter_map(|operation| operation.error.as_ref());
    let distinct: BTreeSet<String> = errors
        .map(|error| serde_json::to_string(error).expect("an error can be serialized"))
        .collect();
    distinct.into_iter().collect()
}

/// Asserts that the handler panics in this file, because tokio is not running.
fn assert_no_reactor<N: Handlers>() {
    let run = simulation::<N>().run_seed(0);
    let groups: Vec<_> = run.record.panics.groups().collect();
    let [group] = &*groups else {
        panic!("expected panics at one location: {groups:?}");
    };
    let text =
        "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
    assert!(group.first.text.starts_with(text), "{}", group.first.text);
    assert!(
        group.first.text.contains("use `mael::time`"),
        "{}",
        group.first.text
    );
    assert!(
        group
            .first
            .place
            .starts_with("tests/tests/simulation/hazards/outcomes.rs:")
    );
    assert_eq!(run.anomalies().len(), 2, "{:?}", run.anomalies());
}

const TOO_LATE: &str = r#"["timeout","`echo` took longer than 4.5s"]"#;

#[test]
fn a_node_without_hazards_is_deterministic() {
    assert!(!differs::<Deterministic>());
    let run = simulation::<Deterministic>().run_seed(0);
    assert!(run.passed(), "{:?}", errors(&run));
}

#[test]
fn hash_order_makes_runs_of_a_seed_differ() {
    assert!(differs::<Hashed>());
}

#[test]
fn the_systems_clock_makes_runs_of_a_seed_differ() {
    assert!(differs::<Dated>());
}

node! {
    Blocking,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let before = mael::time::now();
        thread::sleep(Duration::from_millis(1));
        self.send_to_peers((mael::time::now() - before).as_nanos());
        echo
    }
}

#[test]
fn virtual_time_does_not_advance_while_a_thread_sleeps() {
    let run = simulation::<Blocking>().journal().run_seed(0);
    let journal = String::from_utf8(run.journal).unwrap();
    assert!(journal.contains(r#""text":"0""#));
}

node! {
    TokioTimer,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        tokio::time::sleep(Duration::from_millis(1)).await;
        echo
    }
}

#[test]
fn tokios_timers_panic_without_a_reactor() {
    assert_no_reactor::<TokioTimer>();
}

#[tokio::test]
async fn tokios_timers_never_fire_in_a_tokio_test() {
    let run = simulation::<TokioTimer>().run_seed(0);
    assert_eq!(errors(&run), [TOO_LATE]);
}

node! {
    TokioTask,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        tokio::spawn(async {});
        echo
    }
}

#[test]
fn tokios_tasks_panic_without_a_reactor() {
    assert_no_reactor::<TokioTask>();
}

node! {
    Unbiased,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        tokio::select! {
            () = std::future::ready(()) => self.send_to_peers("left"),
            () = std::future::ready(()) => self.send_to_peers("right"),
        }
        echo
    }
}

node! {
    Biased,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        tokio::select! {
            biased;
            () = std::future::ready(()) => self.send_to_peers("left"),
            () = std::future::ready(()) => self.send_to_peers("right"),
        }
        echo
    }
}

#[test]
fn an_unbiased_select_makes_runs_of_a_seed_differ() {
    assert!(differs::<Unbiased>());
    assert!(!differs::<Biased>());
}

node! {
    Threaded,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        let (done, answer) = oneshot::channel();
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(1));
            done.send(echo)
        });
        answer.await.unwrap_or_default()
    }
}

#[test]
fn virtual_time_does_not_wait_for_a_thread() {
    let run = simulation::<Threaded>().run_seed(0);
    assert_eq!(errors(&run), [TOO_LATE]);
}

#[test]
fn a_static_is_shared_by_all_nodes_and_runs() {
    assert!(differs::<Sharing>());
}

node! {
    Restless,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        while !echo.is_empty() {
            tokio::task::yield_now().await;
        }
        echo
    }
}

#[test]
fn a_loop_that_yields_but_never_waits_is_a_deadlock() {
    let run = simulation::<Restless>().run_seed(0);
    let error = run.record.error.expect("the run has ended with an error");
    assert_eq!(
        error.to_string(),
        "deadlock: the handler of `echo` on n0 never waits, so virtual time can't advance"
    );
}
