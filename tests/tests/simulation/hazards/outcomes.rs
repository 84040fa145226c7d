//! Each node does one of the things to avoid, and what the page says then happens.

use std::thread;
use std::time::Duration;

use mael::node::Handlers;
use mael::prelude::*;
use mael_sim::simulation::Simulated;
use tokio::sync::oneshot;

use super::nodes::{Dated, Hashed, Orderly, Sharing};
use super::simulation;

/// Whether two runs of one seed differ.
fn differs<N: Handlers>() -> bool {
    simulation::<N>().divergence(0).is_some()
}

/// The errors that clients were given, each once.
fn errors(run: &Simulated) -> Vec<String> {
    let operations = run.record.history.completions();
    let errors = operations.filter_map(|operation| operation.error.as_ref());
    let distinct: BTreeSet<String> = errors
        .map(|error| serde_json::to_string(error).expect("an error has a form in JSON"))
        .collect();
    distinct.into_iter().collect()
}

/// Asserts that the handler panics here because tokio does not run.
fn assert_no_reactor<N: Handlers>() {
    let run = simulation::<N>().run_seed(0);
    let groups: Vec<_> = run.record.panics.groups().collect();
    let [group] = &*groups else {
        panic!("they are at one place: {groups:?}");
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
fn a_node_that_avoids_all_of_it_repeats_itself() {
    assert!(!differs::<Orderly>());
    let run = simulation::<Orderly>().run_seed(0);
    assert!(run.passed(), "{:?}", errors(&run));
}

#[test]
fn hash_order_makes_a_seed_differ_from_itself() {
    assert!(differs::<Hashed>());
}

#[test]
fn the_systems_clock_makes_a_seed_differ_from_itself() {
    assert!(differs::<Dated>());
}

node! {
    Blocking,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let before = mael::time::now();
        thread::sleep(Duration::from_millis(1));
        self.tell((mael::time::now() - before).as_nanos());
        echo
    }
}

#[test]
fn virtual_time_stands_still_while_a_thread_sleeps() {
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
fn tokios_timers_panic_for_want_of_a_reactor() {
    assert_no_reactor::<TokioTimer>();
}

#[tokio::test]
async fn tokios_timers_never_fire_within_a_test_of_tokio() {
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
fn tokios_tasks_panic_for_want_of_a_reactor() {
    assert_no_reactor::<TokioTask>();
}

node! {
    Undecided,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        tokio::select! {
            () = std::future::ready(()) => self.tell("left"),
            () = std::future::ready(()) => self.tell("right"),
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
            () = std::future::ready(()) => self.tell("left"),
            () = std::future::ready(()) => self.tell("right"),
        }
        echo
    }
}

#[test]
fn an_unbiased_select_makes_a_seed_differ_from_itself() {
    assert!(differs::<Undecided>());
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
fn a_loop_that_lets_others_run_but_never_waits_is_found_out() {
    let run = simulation::<Restless>().run_seed(0);
    let broken = run.record.error.expect("the run could not go on");
    assert_eq!(
        broken.to_string(),
        "deadlock: the handler of `echo` on n0 never waits, so virtual time can't advance"
    );
}
