//! The latencies of operations: each of them, and their quantiles.

use std::collections::BTreeMap;
use std::fmt::Write;

use mael_checkers::quantile::quantile;
use mael_history::Kind;
use rustc_hash::FxHashSet;

use super::frame::{
    Frame, Item, Panel, Path, Shape, add_mark, interval, mark_class, pixels, time_scale,
};
use crate::Run;
use crate::calls::Call;
use crate::scale::Scale;
use crate::svg::color;
use crate::text::{Px, seconds};

/// The quantiles shown.
const QUANTILES: [f64; 4] = [0.5, 0.95, 0.99, 1.0];

/// The maximum number of functions with a panel of their own: those with the most operations.
const MOST_PANELS: usize = 5;

/// Marks closer than this many pixels to another one of their kind are left out, so that the size
/// of the picture does not grow with the number of operations.
const RESOLUTION: f64 = 2.0;

/// The least latency shown, in milliseconds. Virtual time can have less, which a logarithmic scale
/// can't show.
const LEAST: f64 = 0.001;

/// Returns a completed operation's latency in milliseconds.
fn latency(call: &Call<'_>) -> Option<f64> {
    let millis = (call.end()? - call.start()) * 1e3;
    Some(millis.max(LEAST))
}

/// Formats milliseconds.
fn millis(millis: f64) -> String {
    if millis >= 1000.0 {
        format!("{} s", seconds(millis / 1e3))
    } else {
        format!("{} ms", seconds(millis))
    }
}

/// Returns the scale of these latencies.
fn scale(latencies: impl Iterator<Item = f64>, height: f64) -> Scale {
    let range = latencies.fold([f64::MAX, 0.0], |[low, high], latency| {
        [latency.min(low), latency.max(high)]
    });
    let [low, high] = if range[1] > 0.0 { range } else { [1.0, 100.0] };
    Scale::logarithmic([low, high], pixels(height))
}

/// Draws the latency of each operation at the time when it was invoked, as an SVG: a dot if it
/// succeeded, a cross if it failed, and a triangle if its outcome is unknown.
pub fn latency_raw(run: &Run<'_>) -> String {
    const HEIGHT: f64 = 360.0;
    let time = time_scale(run.end);
    let y = scale(run.calls.iter().filter_map(latency), HEIGHT);
    let mut seen = FxHashSet::default();
    let mut series = BTreeMap::<(usize, Kind), String>::new();
    for call in &run.calls {
        let Some(latency) = latency(call) else {
            continue;
        };
        let key = (run.functions.number(call.f()), call.outcome());
        let (x, y) = (time.at(call.start()), y.at(latency));
        let cell = [x, y].map(|px| (px / RESOLUTION).round() as i32);
        if seen.insert((key.0, key.1.name(), cell)) {
            add_mark(series.entry(key).or_default(), key.1, x, y);
        }
    }
    let class = |(f, kind): (usize, Kind)| format!("{} {}", mark_class(kind), color(f));
    let legend = series.keys().map(|key| Item {
        class: class(*key),
        shape: Shape::Mark(key.1),
        label: format!("{} {}", run.functions.names()[key.0], key.1.name()),
    });
    let legend = legend.collect();
    let paths = series.into_iter().map(|(key, path)| Path {
        class: class(key),
        path,
    });
    let panel = Panel {
        title: String::new(),
        y,
        height: HEIGHT,
        format: millis,
        paths: paths.collect(),
    };
    Frame {
        title: format!("{}: latency of each operation", run.workload),
        faults: &run.faults,
        end: run.end,
        panels: vec![panel],
        legend,
    }
    .draw()
}

/// Draws the median, the 95th and the 99th percentile and the maximum of latencies over time, as an
/// SVG with a panel for each function. It includes all operations that completed.
pub fn latency_quantiles(run: &Run<'_>) -> String {
    let mut by_function = BTreeMap::<&str, Vec<(f64, f64)>>::new();
    for call in &run.calls {
        if let Some(latency) = latency(call) {
            let of_function = by_function.entry(call.f()).or_default();
            of_function.push((call.start(), latency));
        }
    }
    let mut functions: Vec<_> = by_function.into_iter().collect();
    functions.sort_by_key(|(_, latencies)| std::cmp::Reverse(latencies.len()));
    functions.truncate(MOST_PANELS);
    let height = if functions.len() > 1 { 150.0 } else { 340.0 };
    let panels = functions.into_iter().map(|(f, latencies)| {
        let y = scale(latencies.iter().map(|(_, latency)| *latency), height);
        Panel {
            title: f.to_owned(),
            y,
            height,
            format: millis,
            paths: quantile_lines(&latencies, run.end, y),
        }
    });
    let mut panels: Vec<Panel> = panels.collect();
    if panels.is_empty() {
        panels.push(Panel {
            title: "no operation completed".to_owned(),
            y: scale(std::iter::empty(), height),
            height,
            format: millis,
            paths: Vec::new(),
        });
    }
    let legend = QUANTILES.iter().enumerate().map(|(number, q)| Item {
        class: format!("line {}", color(number)),
        shape: Shape::Line,
        label: match *q {
            1.0 => "maximum".to_owned(),
            q => format!("quantile {q}"),
        },
    });
    Frame {
        title: format!("{}: latency quantiles", run.workload),
        faults: &run.faults,
        end: run.end,
        panels,
        legend: legend.collect(),
    }
    .draw()
}

/// Returns the line of each quantile of latencies, given with their times.
fn quantile_lines(latencies: &[(f64, f64)], end: f64, y: Scale) -> Vec<Path> {
    let time = time_scale(end);
    let interval = interval(end, latencies.len());
    let mut intervals = BTreeMap::<u64, Vec<f64>>::new();
    for (start, latency) in latencies {
        let of_interval = intervals.entry((start / interval) as u64).or_default();
        of_interval.push(*latency);
    }
    for latencies in intervals.values_mut() {
        latencies.sort_by(f64::total_cmp);
    }
    let line = |(number, q): (usize, &f64)| {
        let mut path = String::new();
        for (interval_number, latencies) in &intervals {
            let middle = (*interval_number as f64 + 0.5) * interval;
            // The line ends where no operation was invoked. A part of it may be a point.
            let is_begin = !intervals.contains_key(&interval_number.wrapping_sub(1));
            let (letter, point) = if is_begin { ('M', "h.01") } else { ('L', "") };
            if let Some(latency) = quantile(latencies, *q) {
                let (x, y) = (Px(time.at(middle.min(end))), Px(y.at(latency)));
                let _ = write!(path, "{letter}{x},{y}{point}");
            }
        }
        Path {
            class: format!("line {}", color(number)),
            path,
        }
    };
    // The median is drawn last, over the others.
    QUANTILES.iter().enumerate().rev().map(line).collect()
}
