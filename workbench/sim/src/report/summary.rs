//! The summary of a run, in a few lines of text.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use mael::Panic;
use mael_checkers::net::messages_per_operation;
use mael_checkers::quantile::quantile;
use mael_checkers::{Coverage, Explained};
use mael_history::text::{counted, shorten};
use mael_history::{Kind, Validity, Value};

use super::figures::{StableLatency, server_messages};
use super::hints;
use super::outcomes::{Outcomes, is_client_restart};
use crate::engine::{Record, RunError};
use crate::judge::Results;

/// The maximum number of explanations shown.
const SHOWN: usize = 8;

/// The maximum number of reasons for unsuccessful operations shown.
const REASONS: usize = 4;

/// Returns the summary of a run without its verdict: figures, errors, explanations and notes.
pub fn summary(record: &Record, results: &Results) -> String {
    let mut lines = vec![figures(record, results)];
    match &record.error {
        Some(error @ RunError::Node(failure)) => {
            lines.push(error.to_string());
            if !failure.last_lines.is_empty() {
                lines.push("the last lines of its log:".to_owned());
                lines.extend(failure.last_lines.iter().map(|line| format!("  | {line}")));
            }
        }
        Some(error @ (RunError::Store(_) | RunError::Stuck(_) | RunError::Encoding(_))) => {
            lines.push(error.to_string());
        }
        Some(RunError::Interrupted) | None => {}
    }
    lines.extend(listed(record.panics.lines().into_iter()));
    lines.extend(errors(record));
    // Without operations, the error of the run is the only explanation.
    if record.error.is_none() || results.coverage.read() > 0 {
        let explained = results.explained();
        lines.extend(listed(explained.iter().map(Explained::to_string)));
    }
    lines.extend(hints::lines(record));
    if record.unhandled_requests.count > 0 {
        lines.push(format!(
            "note: {} requests to services had an unknown type and got no reply; the first: {}",
            record.unhandled_requests.count,
            escaped(&record.unhandled_requests.first)
        ));
    }
    let unexpected_replies = record.unexpected_replies;
    for (count, what) in [
        (
            unexpected_replies.duplicate,
            "replied to a request that already had a reply",
        ),
        (
            unexpected_replies.late,
            "arrived after the timeout of the client",
        ),
        (
            unexpected_replies.unsolicited,
            "did not reply to a request of the client",
        ),
    ] {
        if count > 0 {
            lines.push(format!("note: {count} messages to clients {what}"));
        }
    }
    lines.join("\n")
}

/// Returns the last line of a test: the verdict.
pub fn verdict_line(record: &Record, results: &Results) -> String {
    let stricter = results.stricter();
    let nothing_judged = results.coverage.judged == 0;
    let line = match results.valid {
        _ if record.was_interrupted() && nothing_judged => {
            "The run was interrupted, and no operation was judged."
        }
        _ if record.was_interrupted() => match results.valid {
            Validity::True => "The run was interrupted. What was recorded until then is valid.",
            Validity::Unknown => {
                "The run was interrupted. What was recorded until then can't be judged."
            }
            Validity::False => "The run was interrupted. What was recorded until then is invalid.",
        },
        _ if record.error.is_some() && record.history.0.is_empty() => {
            "The run failed before any operation was recorded."
        }
        _ if record.error.is_some() && nothing_judged => {
            "The run failed, and no operation was judged."
        }
        _ if record.error.is_some() => match results.valid {
            Validity::True => {
                "The run failed. The operations recorded before the failure are \
                               valid."
            }
            Validity::Unknown => {
                "The run failed. The verdict on the operations recorded before \
                                  the failure is unknown."
            }
            Validity::False => {
                "The run failed. The operations recorded before the failure are \
                                invalid."
            }
        },
        valid => return verdict(valid, &stricter, results.strict, results.coverage),
    };
    if stricter.is_empty() {
        line.to_owned()
    } else {
        format!("{line} Stricter checks found {}.", counts(&stricter))
    }
}

/// Returns the verdict in the words of Maelstrom's console, with the findings of stricter checks.
pub fn verdict(
    valid: Validity,
    stricter: &[(&str, u64)],
    strict: bool,
    coverage: Coverage,
) -> String {
    let found = counts(stricter);
    let fails = if strict {
        ", which is a failure with --strict"
    } else {
        ""
    };
    match valid {
        _ if coverage.judged == 0 => "no operation was judged".to_owned(),
        Validity::True if stricter.is_empty() => "Everything looks good!".to_owned(),
        Validity::Unknown if stricter.is_empty() => {
            "Errors occurred during analysis, but no anomalies found.".to_owned()
        }
        Validity::True => format!("valid, but stricter checks found {found}{fails}"),
        Validity::Unknown => {
            format!("Errors occurred during analysis; stricter checks found {found}{fails}")
        }
        Validity::False => "Analysis invalid!".to_owned(),
    }
}

/// Formats findings by name, with the number of cases of each.
pub fn counts(findings: &[(&str, u64)]) -> String {
    let counts: Vec<String> = findings
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    counts.join(", ")
}

/// Returns the first of these lines, and a line with the number of the others.
pub fn listed(lines: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = lines.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| format!("and {more} more"));
    lines.take(SHOWN).chain(rest).collect()
}

/// Returns the errors of operations that did not succeed, the most frequent first.
fn errors(record: &Record) -> Vec<String> {
    let mut reasons = BTreeMap::<(Kind, String), (usize, String)>::new();
    let failed = record
        .history
        .completions()
        .filter(|end| end.kind != Kind::Ok && !is_client_restart(end));
    for end in failed {
        let reason = match &end.error {
            Some(error) => error.to_string(),
            None => end.f.clone().into_owned(),
        };
        let place = end.error.as_ref().and_then(panicked_at);
        let key = (end.kind, place.unwrap_or_else(|| reason.clone()));
        reasons.entry(key).or_insert((0, reason)).0 += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, (count, _))| Reverse(*count));
    let line = |((kind, _), (count, reason)): ((Kind, String), (usize, String))| {
        format!("{count} {}: {}", kind.name(), reason)
    };
    reasons.into_iter().take(REASONS).map(line).collect()
}

/// Returns the location of the panic that this error reports. The text of the panic may differ each
/// time.
fn panicked_at(error: &Value) -> Option<String> {
    let text = match error {
        Value::List(parts) => parts.last()?,
        text => text,
    };
    let Value::Str(text) = text else {
        return None;
    };
    Panic::parse(text).map(|panic| panic.place)
}

fn figures(record: &Record, results: &Results) -> String {
    let outcomes = Outcomes::of(&record.history);
    let restarts = match outcomes.client_restarts {
        0 => String::new(),
        count => format!(", {}", counted(count, "client restart")),
    };
    let latencies = record.history.latencies();
    let per_operation = messages_per_operation(record.net.all(), &record.history);
    let stable = StableLatency::of(results);
    let stable = stable.map(|latency| format!("; stable latency p50 / max {latency}"));
    format!(
        "{} in {:.1} s: {} ok, {} fail, {} info{restarts}; {} messages per operation, {} between servers; \
         latency p50 / p99 {}{}",
        counted(record.history.invocations().count() as u64, "operation"),
        record.took.as_secs_f64(),
        outcomes.counts.ok,
        outcomes.counts.fail,
        outcomes.counts.info,
        per_operation.map_or("no".to_owned(), |per_operation| format!(
            "{per_operation:.2}"
        )),
        server_messages(record),
        percentiles(&latencies),
        stable.unwrap_or_default(),
    )
}

/// Formats the median and the 99th percentile of sorted latencies.
pub fn percentiles(sorted: &[Duration]) -> String {
    match (quantile(sorted, 0.5), quantile(sorted, 0.99)) {
        (Some(median), Some(high)) => {
            let millis = |latency: Duration| latency.as_secs_f64() * 1e3;
            format!("{:.2} / {:.2} ms", millis(median), millis(high))
        }
        _ => "-".to_owned(),
    }
}

/// The maximum length of a line.
const LONGEST: usize = 160;

fn escaped(line: &str) -> String {
    shorten(line, LONGEST).escape_debug().to_string()
}
