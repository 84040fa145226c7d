//! Tests that the log of a node is stored with virtual time, and is in the trace of a failing run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mael::LogLevel;
use mael::prelude::*;

use super::simulation;

node! {
    Logging,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        log::info!("received {echo}");
        mael::spawn(async { log::warn!("in a task") });
        mael::log::debug!("a detail");
        self.answer(echo)
    }
}

#[test]
fn records_are_stored_by_node_and_level_with_virtual_time() {
    let logs = |level| simulation::<Logging>().log_level(level).run_seed(0).logs;
    let of = |level| logs(level)["n0"].to_string();
    let (info, debug, error) = (of(LogLevel::Info), of(LogLevel::Debug), of(LogLevel::Error));
    let line = info.lines().next().unwrap();
    let (time, rest) = line
        .split_once(&format!(" ms INFO {}: received ", module_path!()))
        .expect(&info);
    assert!(time.parse::<f64>().is_ok() && !rest.is_empty(), "{info}");
    assert!(
        info.contains(&format!(" ms WARN {}: in a task\n", module_path!())),
        "{info}"
    );
    assert!(!info.contains("a detail"), "{info}");
    assert!(
        debug.contains(&format!(" ms DEBUG {}: a detail\n", module_path!())),
        "{debug}"
    );
    assert_eq!(error, "");
    assert_eq!(logs(LogLevel::Info), logs(LogLevel::Info));
}

#[test]
fn the_log_level_does_not_change_the_run() {
    let run = |level| {
        simulation::<Logging>()
            .journal()
            .log_level(level)
            .run_seed(0)
    };
    let (quiet, loud) = (run(LogLevel::Error), run(LogLevel::Trace));
    assert_eq!(quiet.journal, loud.journal);
    assert_eq!(quiet.record.history, loud.record.history);
}

#[test]
fn the_trace_contains_each_log_line_once() {
    let simulation = simulation::<Logging>().args(["--fails"]);
    let check = AssertUnwindSafe(|| simulation.check());
    let panic = catch_unwind(check).expect_err("the seed fails");
    let text = panic
        .downcast::<String>()
        .expect("the panic's payload is a string");
    let (_, trace) = text.split_once("\nminimal run after ").expect(&text);
    let logged = trace.matches(" logs INFO: received ").count();
    let invoked = trace.matches(": invoke ").count();
    assert!(logged > 0 && logged <= invoked, "{text}");
}
