//! The figures of a run for which challenges set marks.

use std::fmt;

use mael_checkers::net::messages_per_operation;
use mael_history::Value;

use super::outcomes::Outcomes;
use super::summary::percentiles;
use crate::engine::Record;
use crate::glomers::Marks;
use crate::judge::Results;

/// The time from the acknowledgement of an element until all reads contain it, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StableLatency {
    /// The median.
    pub median: f64,
    /// The maximum.
    pub maximum: f64,
}

impl StableLatency {
    /// Returns `None` for a workload without elements, or if no element became stable.
    pub fn of(results: &Results) -> Option<Self> {
        let workload = results.map.get("workload")?;
        let Value::Map(quantiles) = workload.get("stable-latencies")? else {
            return None;
        };
        let millis = |quantile: Value| quantiles.get(&quantile)?.to_string().parse().ok();
        Some(Self {
            median: millis(0.5.into())?,
            maximum: millis(1.into())?,
        })
    }
}

impl fmt::Display for StableLatency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {} ms", self.median, self.maximum)
    }
}

/// Returns the figures of a run by name.
pub fn table(record: &Record, results: &Results) -> Vec<(&'static str, String)> {
    let Outcomes {
        counts,
        client_restarts,
    } = Outcomes::of(&record.history);
    let all = messages_per_operation(record.net.all(), &record.history);
    let mut table = vec![
        (
            "operations",
            record.history.invocations().count().to_string(),
        ),
        ("ok", counts.ok.to_string()),
        ("fail: no effect", counts.fail.to_string()),
        ("info: outcome unknown", counts.info.to_string()),
        ("duration", format!("{:.1} s", record.took.as_secs_f64())),
        ("messages", record.net.all().send.to_string()),
        (
            "messages per operation",
            all.map_or("-".to_owned(), |all| format!("{all:.2}")),
        ),
        (
            "messages between servers per operation",
            server_messages(record),
        ),
        (
            "latency p50 / p99",
            percentiles(&record.history.latencies()),
        ),
    ];
    if client_restarts > 0 {
        table.push(("client restarts", client_restarts.to_string()));
    }
    let stable = StableLatency::of(results);
    table.extend(stable.map(|stable| ("stable latency p50 / max", stable.to_string())));
    table
}

/// Formats the number of messages between servers, including services, per operation, or \"-\"
/// without operations.
pub fn server_messages(record: &Record) -> String {
    let rate = messages_per_operation(record.net.servers, &record.history);
    rate.map_or("-".to_owned(), |rate| format!("{rate:.2}"))
}

/// A figure of a run and the mark that a challenge sets for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// What is measured, with its unit.
    pub what: &'static str,
    /// The figure, if the run has it.
    pub figure: Option<f64>,
    /// The exclusive upper limit.
    pub limit: f64,
}

impl Measured {
    /// Compares a run with the marks of its challenge.
    pub fn all(marks: &Marks, record: &Record, results: &Results) -> [Self; 3] {
        let messages = messages_per_operation(record.net.servers, &record.history);
        let latency = StableLatency::of(results);
        [
            Self {
                what: "server messages per operation",
                figure: messages.map(f64::from),
                limit: marks.server_messages,
            },
            Self {
                what: "ms median stable latency",
                figure: latency.map(|latency| latency.median),
                limit: marks.median,
            },
            Self {
                what: "ms maximum stable latency",
                figure: latency.map(|latency| latency.maximum),
                limit: marks.maximum,
            },
        ]
    }

    /// Whether the mark is met. A missing figure misses it.
    pub fn is_met(&self) -> bool {
        self.figure.is_some_and(|figure| figure < self.limit)
    }

    /// Returns by how much the figure is below the limit, as a share of the limit; negative if it
    /// is above.
    pub fn margin(&self) -> Option<f64> {
        self.figure.map(|figure| (self.limit - figure) / self.limit)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, limit, .. } = self;
        match self.figure {
            Some(figure) => write!(f, "{figure:.2} {what}, must be below {limit}"),
            None => write!(f, "no {what}, must be below {limit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::judge::check;
    use crate::workloads::{Broadcast, Echo, Workload};
    use mael_history::net::Counts;
    use mael_history::{HistoryBuilder, Kind};

    const MARKS: Marks = Marks {
        server_messages: 2.0,
        median: 400.0,
        maximum: 600.0,
    };

    /// Checks a run in which each message is missing from a read this many milliseconds after its
    /// acknowledgement, and present in the next read.
    fn run(latencies: &[u64], servers: u64, workload: &dyn Workload) -> (Record, Results) {
        let mut builder = HistoryBuilder::default();
        for (message, latency) in latencies.iter().enumerate() {
            let begin = 10_000 * message as u64;
            let seen: Vec<Value> = (0..message).map(Value::from).collect();
            let all: Vec<Value> = (0..=message).map(Value::from).collect();
            for (at, kind, f, value) in [
                (begin, Kind::Invoke, "broadcast", message.into()),
                (begin, Kind::Ok, "broadcast", message.into()),
                (begin + latency, Kind::Invoke, "read", Value::Nil),
                (begin + latency, Kind::Ok, "read", seen.into()),
                (begin + latency, Kind::Invoke, "read", Value::Nil),
                (begin + latency, Kind::Ok, "read", all.into()),
            ] {
                builder.operation(0, kind, f, value);
                builder.history.0.last_mut().unwrap().time = at * 1_000_000;
            }
        }
        let mut record = Record {
            history: builder.history,
            ..Record::default()
        };
        record.net.servers = Counts {
            send: servers,
            recv: servers,
        };
        let results = check(&Options::default(), workload, &record.history, &record.net);
        (record, results)
    }

    /// Describes the marks that a run misses.
    fn missed(record: &Record, results: &Results) -> Vec<String> {
        let measured = Measured::all(&MARKS, record, results);
        let missed = measured.iter().filter(|it| !it.is_met());
        missed.map(Measured::to_string).collect()
    }

    #[test]
    fn the_margin_is_the_distance_to_the_mark() {
        let margin = |figure| {
            let measured = Measured {
                what: "ms",
                figure,
                limit: 400.0,
            };
            measured.margin()
        };
        assert_eq!(margin(Some(100.0)), Some(0.75));
        assert_eq!(margin(Some(500.0)), Some(-0.25));
        assert_eq!(margin(None), None);
    }

    #[test]
    fn a_figure_that_is_not_below_its_mark_misses_it() {
        for (latencies, servers, expected) in [
            (&[100_u64, 300, 500], 17, &[] as &[&str]),
            (
                &[100, 300, 600],
                18,
                &[
                    "2.00 server messages per operation, must be below 2",
                    "600.00 ms maximum stable latency, must be below 600",
                ],
            ),
            (
                &[500, 500, 500],
                0,
                &["500.00 ms median stable latency, must be below 400"],
            ),
        ] {
            let (record, results) = run(latencies, servers, &Broadcast);
            assert_eq!(missed(&record, &results), expected);
        }
    }

    #[test]
    fn a_run_without_the_figures_misses_the_marks() {
        let (record, results) = run(&[], 0, &Echo);
        let expected = [
            "no server messages per operation, must be below 2",
            "no ms median stable latency, must be below 400",
            "no ms maximum stable latency, must be below 600",
        ];
        assert_eq!(missed(&record, &results), expected);
        assert_eq!(StableLatency::of(&results), None);
        assert_eq!(server_messages(&record), "-");
    }
}
