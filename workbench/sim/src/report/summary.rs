//! The summary of a run, in a few lines of text.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use mael::Panic;
use mael_checkers::net::messages_per_operation;
use mael_checkers::quantile::quantile;
use mael_checkers::{Coverage, Explained};
use mael_history::text::{counted, shorten};
use mael_history::{History, Kind, Validity, Value};

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
    lines.extend(errors(&record.history));
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

/// Operations that did not succeed for the same reason.
struct Failures {
    count: usize,
    /// The error of the first.
    first: String,
    /// Whether another one has another text.
    differ: bool,
}

/// Returns the errors of operations that did not succeed, the most frequent first. Errors of the
/// same type have one line with the first of them.
fn errors(history: &History) -> Vec<String> {
    let mut reasons = BTreeMap::<(Kind, String), Failures>::new();
    let failed = history
        .completions()
        .filter(|end| end.kind != Kind::Ok && !is_client_restart(end));
    for end in failed {
        let reason = match &end.error {
            Some(error) => error.to_string(),
            None => end.f.clone().into_owned(),
        };
        let place = end.error.as_ref().and_then(panicked_at);
        let place = place.or_else(|| end.error.as_ref().and_then(error_type));
        let key = (end.kind, place.unwrap_or_else(|| reason.clone()));
        let of_key = reasons.entry(key).or_insert_with(|| Failures {
            count: 0,
            first: reason.clone(),
            differ: false,
        });
        of_key.count += 1;
        of_key.differ |= of_key.first != reason;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, failures)| Reverse(failures.count));
    let line = |((kind, _), failures): ((Kind, String), Failures)| {
        let Failures { count, first, .. } = failures;
        let separator = if failures.differ { ", such as" } else { ":" };
        format!("{count} {}{separator} {first}", kind.name())
    };
    reasons.into_iter().take(REASONS).map(line).collect()
}

/// Returns the type of an error that has one beside its text: `[:precondition-failed "..."]`.
fn error_type(error: &Value) -> Option<String> {
    match error.items().next()? {
        Value::Keyword(name) => Some(name.to_string()),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_same_type_have_one_line() {
        let operation = |kind, error| {
            format!(
                "{{:process 0, :type :invoke, :f :cas, :value 1}}
                 {{:process 0, :type {kind}, :f :cas, :value 1, :error {error}}}"
            )
        };
        let history = [
            operation(":fail", "[:precondition-failed \"it is 1, not 2\"]"),
            operation(":fail", "[:precondition-failed \"it is 3, not 4\"]"),
            operation(":fail", "[:key-does-not-exist \"there is no key 0\"]"),
            operation(":info", ":net-timeout"),
            operation(":info", ":net-timeout"),
            operation(":info", ":net-timeout"),
        ];
        let history = History::from_edn(&history.concat()).unwrap();
        assert_eq!(
            errors(&history),
            [
                "3 info: :net-timeout",
                "2 fail, such as [:precondition-failed \"it is 1, not 2\"]",
                "1 fail: [:key-does-not-exist \"there is no key 0\"]",
            ]
        );
    }
}
