//! A history that is not linearizable: the operations around the one that can't be placed, and the
//! states that were possible.

use std::collections::BTreeSet;

use mael_history::{Kind, Value};
use maud::html;

use super::{AnomalyPicture, MOST};
use crate::Run;
use crate::calls::Call;
use crate::scale::Scale;
use crate::svg::document;
use crate::text::{Px, brief, seconds};

const LEFT: f64 = 130.0;
const WIDTH: f64 = 960.0;
const TOP: f64 = 66.0;
const ROW: f64 = 22.0;

/// The maximum number of operations that completed before, and of those that ran concurrently.
const BEFORE: usize = 10;
const CONCURRENT: usize = 20;

/// The maximum number of states shown.
const STATES: usize = 6;

/// The maximum length of a label, in characters.
const LONGEST: usize = 60;

/// Draws the first operation that can't be linearized, of each key.
pub(super) fn pictures(run: &Run<'_>) -> Vec<AnomalyPicture> {
    let mut found = Vec::new();
    search(run.checked, None, &mut found);
    let pictures = found.into_iter().filter_map(|(key, result)| {
        let name = key.map_or(String::new(), |key| format!("key {key}"));
        let svg = draw(run, key, result)?;
        Some(AnomalyPicture { name, svg })
    });
    pictures.take(MOST).collect()
}

/// Finds results with an operation that can't be linearized, and their keys.
fn search<'r>(
    results: &'r Value,
    key: Option<&'r Value>,
    found: &mut Vec<(Option<&'r Value>, &'r Value)>,
) {
    let Value::Map(entries) = results else {
        return;
    };
    if results.get("op").is_some() && results.get("final-paths").is_some() {
        found.push((key, results));
        return;
    }
    for (name, value) in entries {
        match (name.name(), value) {
            // Histories of several keys are checked separately.
            (Some("results"), Value::Map(keys)) => {
                for (key, result) in keys {
                    search(result, Some(key), found);
                }
            }
            (Some(_), value) => search(value, key, found),
            (None, _) => {}
        }
    }
}

/// Draws the operations around the one that can't be placed.
fn draw(run: &Run<'_>, key: Option<&Value>, result: &Value) -> Option<String> {
    let Some(Value::Int(index)) = result.get("op")?.get("index") else {
        return None;
    };
    let index = index.to::<usize>()?;
    let is_failed = |call: &Call<'_>| call.completion.is_some_and(|it| it.index == index);
    let failed = run.calls.iter().find(|call| is_failed(call))?;
    let calls = window(run, key, failed);
    let from = calls.iter().map(Call::start).fold(f64::MAX, f64::min);
    let to = failed.end()?;
    let span = (to - from).max(1e-6);
    let time = Scale::linear([from, to + span * 0.12], [LEFT, WIDTH - 20.0]);
    let edge = WIDTH - 20.0;
    let bottom = TOP + calls.len() as f64 * ROW;
    let states = states(result);
    let title = match key {
        Some(key) => format!("key {}: not linearizable", brief(key, 40)),
        None => "not linearizable".to_owned(),
    };
    let content = html! {
        text class="title" x="12" y="26" { (title) }
        text class="dim" x="12" y="46" {
            "No order of these operations explains the marked one."
        }
        @for tick in time.ticks(6) {
            @let x = Px(time.at(tick));
            path class="grid" d=(format!("M{x},{TOP}V{}", Px(bottom))) {}
            text class="dim small mid tick" x=(x) y=(Px(bottom + 14.0)) { (seconds(tick)) " s" }
        }
        @for (row, call) in calls.iter().enumerate() {
            @let y = TOP + row as f64 * ROW;
            @let left = time.at(call.start());
            @let right = call.end().filter(|end| *end <= time.end()).map_or(edge, |it| time.at(it));
            @let class = if is_failed(call) { "bar failed" } else { class(call) };
            text class="small end" x=(LEFT - 8.0) y=(Px(y + 14.0)) {
                (run.client(&call.invocation.process))
            }
            rect class=(class) x=(Px(left)) y=(Px(y + 2.0)) width=(Px((right - left).max(3.0)))
                height=(ROW - 4.0) rx="2" {}
            @let text = label(call, key);
            // Beside the bar, on the side with more space.
            @let is_late = left > WIDTH * 0.55;
            @let (x, side) = if is_late { (left - 5.0, "end") } else { (left + 4.0, "") };
            @let weight = if is_failed(call) { "strong" } else { "" };
            text class=(format!("small {side} {weight}")) x=(Px(x)) y=(Px(y + 15.0)) { (text) }
        }
        @for (number, line) in states.iter().enumerate() {
            text x="12" y=(Px(bottom + 40.0 + number as f64 * 18.0)) { (line) }
        }
    };
    let height = bottom + 48.0 + states.len() as f64 * 18.0;
    Some(document(WIDTH, height, &title, &content))
}

/// Returns the last operations of a key that completed before an operation, and those that ran
/// concurrently.
fn window<'h>(run: &Run<'h>, key: Option<&Value>, failed: &Call<'h>) -> Vec<Call<'h>> {
    let of_key = |call: &&Call<'h>| {
        let first = call.invocation.value.items().next();
        key.is_none_or(|key| first == Some(key))
    };
    let end = failed.end().unwrap_or(failed.start());
    let calls = run.calls.iter().filter(of_key);
    // What had no effect explains nothing, unless its value was seen nevertheless.
    let seen = result(failed, key);
    let is_seen = |call: &Call<'_>| {
        let value = of(&call.invocation.value, key);
        value.items().last().unwrap_or(value) == seen
    };
    let explains = |call: &&Call<'_>| call.outcome() != Kind::Fail || is_seen(call);
    let calls = calls.filter(|call| explains(call) && call.start() <= end);
    let (mut before, concurrent): (Vec<Call<'h>>, Vec<Call<'h>>) =
        calls.partition(|call| call.end().is_some_and(|end| end < failed.start()));
    before.sort_by(|a, b| {
        a.end()
            .unwrap_or_default()
            .total_cmp(&b.end().unwrap_or_default())
    });
    let mut calls = before.split_off(before.len().saturating_sub(BEFORE));
    let skip = concurrent.len().saturating_sub(CONCURRENT);
    calls.extend(concurrent.into_iter().skip(skip));
    calls.sort_by(|a, b| a.start().total_cmp(&b.start()));
    calls
}

fn class(call: &Call<'_>) -> &'static str {
    match call.outcome() {
        Kind::Ok => "bar ok",
        Kind::Fail => "bar without-effect",
        Kind::Info | Kind::Invoke => "bar unknown",
    }
}

/// Returns the function, the argument and the result of an operation, without its key.
fn label(call: &Call<'_>, key: Option<&Value>) -> String {
    let outcome = match call.outcome() {
        Kind::Ok => "",
        Kind::Fail => " (failed)",
        Kind::Info | Kind::Invoke => " (outcome unknown)",
    };
    format!(
        "{} {}{outcome}",
        call.f(),
        brief(result(call, key), LONGEST)
    )
}

/// Returns the result of an operation that succeeded, or its argument, without its key.
fn result<'h>(call: &Call<'h>, key: Option<&Value>) -> &'h Value {
    let completed = call.completion.filter(|it| it.kind == Kind::Ok);
    of(&completed.unwrap_or(call.invocation).value, key)
}

/// Returns a value without its key.
fn of<'v>(value: &'v Value, key: Option<&Value>) -> &'v Value {
    match key {
        Some(_) => value.items().nth(1).unwrap_or(value),
        None => value,
    }
}

/// Returns the states that were possible just before the operation returned, and why it fits none.
fn states(result: &Value) -> Vec<String> {
    let models = |of: &Value| of.get("model").map(|model| brief(model, LONGEST));
    let configs = result.get("configs").into_iter().flat_map(Value::items);
    let states: BTreeSet<String> = configs.filter_map(models).collect();
    let mut lines = Vec::new();
    if !states.is_empty() {
        let more = states.len().saturating_sub(STATES);
        let states: Vec<String> = states.into_iter().take(STATES).collect();
        let more = if more > 0 {
            format!(" or {more} others")
        } else {
            String::new()
        };
        lines.push(format!(
            "Just before it returned, the state could be {}{more}.",
            states.join(" or ")
        ));
    }
    let text = |reason: &Value| match reason.name() {
        Some(text) => brief(text, 2 * LONGEST),
        None => brief(reason, 2 * LONGEST),
    };
    let paths = result.get("final-paths").into_iter().flat_map(Value::items);
    let last = paths.filter_map(|path| path.items().last()?.get("model")?.get("msg"));
    let reasons: BTreeSet<String> = last.map(text).collect();
    lines.extend(
        reasons
            .into_iter()
            .take(STATES)
            .map(|reason| format!("But: {reason}")),
    );
    lines
}
