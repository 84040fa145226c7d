//! What a node logs is stored with virtual time, by node, and is in the trace of a run that
//! fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mael::LogLevel;
use mael::prelude::*;

use super::simulation;

node! {
    Talkative,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        log::info!("asked for {echo}");
        mael::spawn(async { log::warn!("in a task") });
        mael::log::debug!("a detail");
        self.answer(echo)
    }
}

#[test]
fn records_are_kept_by_node_and_level_with_virtual_time() {
    let logs = |level| simulation::<Talkative>().log_level(level).run_seed(0).logs;
    let of = |level| logs(level)["n0"].to_string();
    let (info, debug, error) = (of(LogLevel::Info), of(LogLevel::Debug), of(LogLevel::Error));
    let line = info.lines().next().unwrap();
    let (time, rest) = line
        .split_once(&format!(" ms INFO {}: asked for ", module_path!()))
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
fn what_is_logged_does_not_change_the_run() {
    let run = |level| {
        simulation::<Talkative>()
            .journal()
            .log_level(level)
            .run_seed(0)
    };
    let (quiet, loud) = (run(LogLevel::Error), run(LogLevel::Trace));
    assert_eq!(quiet.journal, loud.journal);
    assert_eq!(quiet.record.history, loud.record.history);
}

#[test]
fn what_a_node_logs_is_part_of_the_story_and_once() {
    let simulation = simulation::<Talkative>().args(["--fails"]);
    let check = AssertUnwindSafe(|| simulation.check());
    let panic = catch_unwind(check).expect_err("the seed fails");
    let text = panic.downcast::<String>().expect("a panic with a text");
    let (_, trace) = text.split_once("\nminimal run after ").expect(&text);
    let logged = trace.matches(" logs INFO: asked for ").count();
    let asked = trace.matches(": invoke ").count();
    assert!(logged > 0 && logged <= asked, "{text}");
}
