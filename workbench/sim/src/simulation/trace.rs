//! The trace of a run that was simulated just now, with the log lines of its nodes.

use std::fmt::Write;
use std::ops::ControlFlow;

use mael_history::text::shorten;

use super::{PROCESSING_DELAY, ReplayPlan, Simulate, Simulated};
use crate::trace::{LONGEST, Recorded, Selection, TraceEvent, trace};

/// The maximum number of lines of a trace.
const MOST_LINES: usize = 120;

/// Renders the run of a plan, which must include the journal. Times count from when all nodes were
/// initialized.
pub(crate) fn render(plan: &ReplayPlan, run: &Simulated) -> String {
    let origin = run.record.origin;
    let mut events = Vec::new();
    let recorded = Recorded {
        options: &plan.options,
        processing_delay: Some(PROCESSING_DELAY),
        origin,
        history: run.record.history.0.iter().cloned().map(Ok),
        journal: run.journal.as_slice(),
    };
    trace(recorded, Selection::default(), |event| {
        events.push(event);
        ControlFlow::Continue(())
    })
    .expect("a run in memory can be read");
    events.extend(logs(run));
    // Log lines follow other events with the same time.
    events.sort_by_key(|event| event.time());
    let left_out = events.len().saturating_sub(MOST_LINES);
    let mut text = String::new();
    for (position, event) in events.iter().enumerate() {
        let gap = MOST_LINES / 2;
        if position == gap && left_out > 0 {
            let _ = writeln!(text, "{:>13}({left_out} more)", "");
        }
        if left_out == 0 || position < gap || position >= gap + left_out {
            let _ = writeln!(text, "{}", event.line(origin));
        }
    }
    text
}

/// Replays a plan and renders its trace.
pub(crate) fn replay(simulation: &dyn Simulate, plan: &ReplayPlan) -> String {
    render(plan, &simulation.play(plan, true))
}

/// Returns the log lines of the nodes, without those of the runtime about messages, which are in
/// the trace anyway, and about timers, which would only distract.
fn logs(run: &Simulated) -> impl Iterator<Item = TraceEvent> {
    let origin = run.record.origin.as_nanos() as u64;
    let logs = run.logs.iter();
    let lines = logs.flat_map(|(node, log)| log.lines().map(move |line| (node, line)));
    let lines = lines.filter(move |(_, line)| line.time >= origin && !line.is_detail_of_runtime());
    lines.map(|(node, line)| {
        let text = shorten(&line.text, LONGEST);
        let text = format!("  {node} logs {}: {text}", line.level);
        TraceEvent::new(line.time, &text)
    })
}
