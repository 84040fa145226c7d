//! Tests that a node whose steps never end while no time passes fails the run and is reported.

use std::future::pending;
use std::time::Duration;

use mael::node::Handlers;
use mael::prelude::*;
use mael::time::{self, sleep, sleep_until, timeout};

use super::simulation;

/// Asserts that virtual time can't advance, because of this code.
fn assert_deadlock<N: Handlers>(who: &str) {
    let run = simulation::<N>().run_seed(0);
    let error = run.record.error.as_ref().map(ToString::to_string);
    let text = format!("deadlock: {who} never waits, so virtual time can't advance");
    assert_eq!(error, Some(text));
    assert!(!run.is_inconclusive());
    assert!(run.record.panics.is_empty());
}

node! {
    SleepsForNoTime,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        while !echo.is_empty() {
            sleep(Duration::ZERO).await;
        }
        echo
    }
}

node! {
    WaitsForThePast,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        mael::spawn(async {
            loop {
                sleep_until(time::now()).await;
            }
        });
        echo
    }
}

node! {
    GivesUpAtOnce,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        while timeout(Duration::ZERO, pending::<()>()).await.is_err() {}
        echo
    }
}

node! {
    WatchesTheClock,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let end = time::now() + Duration::from_millis(10);
        while time::now() < end {}
        echo
    }
}

#[node]
struct TicksAllTheTime {
    period_ms: Cell<u64>,
}

#[handlers]
impl TicksAllTheTime {
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }

    #[every(ms = self.period_ms.get())]
    fn tick(&self) {}
}

#[test]
fn endless_steps_without_passing_time_fail_the_run_and_are_reported() {
    assert_deadlock::<SleepsForNoTime>("the handler of `echo` on n0");
    assert_deadlock::<GivesUpAtOnce>("the handler of `echo` on n0");
    assert_deadlock::<WatchesTheClock>("the handler of `echo` on n0");
    assert_deadlock::<TicksAllTheTime>("the timer `tick` on n1");
    let run = simulation::<WaitsForThePast>().run_seed(0);
    let error = run
        .record
        .error
        .expect("virtual time can't advance")
        .to_string();
    let task = "deadlock: the task spawned at tests/tests/simulation/hazards/standstill.rs:";
    assert!(error.starts_with(task), "{error}");
}

node! {
    Patient,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        for _ in 0..1000 {
            sleep(Duration::ZERO).await;
            sleep(Duration::from_nanos(1)).await;
            let _ = time::now();
        }
        echo
    }
}

#[test]
fn a_node_may_take_many_steps_at_the_same_time() {
    let run = simulation::<Patient>().run_seed(0);
    assert!(run.passed(), "{:?}", run.record.error);
}
