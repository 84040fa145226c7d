//! The timeline: a page with the operations of each client as bars.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use mael_history::{Kind, Value};
use maud::{PreEscaped, html};
use serde::Serialize;

use crate::Run;
use crate::calls::Call;
use crate::page::{data, page};
use crate::text::brief;

/// The maximum number of operations in a timeline, so that a browser can open it.
const MOST: usize = 100_000;

/// The maximum length of a value, in characters.
const LONGEST: usize = 80;

/// What the page's script draws. Times are in microseconds.
#[derive(Serialize)]
struct Timeline<'a> {
    end: u64,
    rows: Vec<String>,
    functions: &'a [&'a str],
    faults: Vec<Band>,
    /// The columns of a table of operations, in the order of their invocations.
    index: Vec<usize>,
    row: Vec<usize>,
    function: Vec<usize>,
    kind: Vec<&'static str>,
    start: Vec<u64>,
    /// How long they took; -1 for those that never completed.
    took: Vec<i64>,
    value: Vec<String>,
    result: Vec<String>,
    /// The positions of the operations that are anomalous.
    anomalous: Vec<usize>,
}

#[derive(Serialize)]
struct Band {
    kind: &'static str,
    from: u64,
    to: u64,
    text: String,
}

/// Draws a page with a row for each client, on which each operation is a bar from its invocation to
/// its completion. The page shows a part of the run, which can be moved and zoomed.
///
/// Of a run with more than 100,000 operations, the page has those around the first anomaly.
pub fn timeline(run: &Run<'_>) -> String {
    let shown = shown(run);
    let calls = &run.calls[shown.clone()];
    let (rows, row) = rows(run, calls);
    let nanos = |seconds: f64| (seconds * 1e6) as u64;
    let faults = run.faults.iter().map(|fault| Band {
        kind: fault.kind.name(),
        from: nanos(fault.from),
        to: nanos(fault.to),
        text: fault.describe(),
    });
    let anomalous = run.anomalous.iter().filter(|it| shown.contains(it));
    let timeline = Timeline {
        end: nanos(run.end),
        rows,
        functions: run.functions.names(),
        faults: faults.collect(),
        index: calls.iter().map(|call| call.invocation.index).collect(),
        row,
        function: calls
            .iter()
            .map(|it| run.functions.number(it.f()))
            .collect(),
        kind: calls.iter().map(|call| call.outcome().name()).collect(),
        start: calls.iter().map(|it| it.invocation.time / 1000).collect(),
        took: calls.iter().map(took).collect(),
        value: calls.iter().map(|it| value(&it.invocation.value)).collect(),
        result: calls.iter().map(result).collect(),
        anomalous: anomalous.map(|position| position - shown.start).collect(),
    };
    let left_out = run.calls.len() - shown.len();
    let title = format!("{}: timeline", run.workload);
    let body = html! {
        h1 { (title) }
        @if left_out > 0 {
            p { "This page has " (shown.len()) " operations. The other " (left_out)
                " are in history.edn." }
        }
        p class="controls" {
            button id="earlier" { "← earlier" } " "
            button id="later" { "later →" } " "
            button id="in" { "zoom in" } " "
            button id="out" { "zoom out" } " "
            button id="all" { "all" } " "
            button id="anomaly" { "next anomaly" } " "
            span id="window" {}
        }
        p class="dim" {
            "Drag to move, and use the wheel to zoom. "
            span class="key ok" { "ok" } " "
            span class="key fail" { "fail: no effect" } " "
            span class="key info" { "info: outcome unknown" } " "
            span class="key anomalous" { "anomalous" } " "
            span class="key partition" { "partition" } " "
            span class="key kill" { "kill" } " "
            span class="key pause" { "pause" }
        }
        div id="overview" {}
        div id="chart" {}
        pre id="detail" { "Point at an operation to see it." }
        (data("data", &timeline))
        script { (PreEscaped(include_str!("timeline.js"))) }
    };
    page(&title, include_str!("timeline.css"), &body)
}

/// Returns the positions of the operations that are shown.
fn shown(run: &Run<'_>) -> Range<usize> {
    let count = run.calls.len();
    let first = run.anomalous.first().copied().unwrap_or_default();
    let start = first
        .saturating_sub(MOST / 2)
        .min(count.saturating_sub(MOST));
    start..count.min(start + MOST)
}

/// Returns how long an operation took, in microseconds.
fn took(call: &Call<'_>) -> i64 {
    let took = |end: u64| end.saturating_sub(call.invocation.time) / 1000;
    let took = call.completion.map(|completion| took(completion.time));
    took.map_or(-1, |took| took as i64)
}

fn value(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        value => brief(value, LONGEST),
    }
}

/// Returns the result of an operation, or its error.
fn result(call: &Call<'_>) -> String {
    let Some(completion) = call.completion else {
        return "never completed".to_owned();
    };
    match (&completion.error, &completion.exception) {
        (Some(error), _) => brief(error, LONGEST),
        (None, Some(exception)) => brief(exception, LONGEST),
        _ if completion.kind == Kind::Ok && completion.value != call.invocation.value => {
            value(&completion.value)
        }
        _ => String::new(),
    }
}

/// Returns the names of the rows and the row of each operation. There is a row for each client
/// thread, and for each client with a name.
fn rows(run: &Run<'_>, calls: &[Call<'_>]) -> (Vec<String>, Vec<usize>) {
    let key = |call: &Call<'_>| {
        let process = &call.invocation.process;
        (
            run.thread(process).unwrap_or(usize::MAX),
            run.client(process),
        )
    };
    let keys: BTreeSet<_> = calls.iter().map(key).collect();
    let rows: BTreeMap<_, usize> = keys.iter().zip(0..).collect();
    let row = calls.iter().map(|call| rows[&key(call)]).collect();
    (keys.into_iter().map(|(_, name)| name).collect(), row)
}
