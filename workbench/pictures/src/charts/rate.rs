//! The rate at which operations complete.

use std::collections::BTreeMap;
use std::fmt::Write;

use mael_history::Kind;

use super::frame::{Frame, Item, Panel, Path, Shape, interval, pixels, time_scale};
use crate::Run;
use crate::scale::Scale;
use crate::svg::color;
use crate::text::{Px, seconds};

/// Draws how many operations of each function and outcome completed per second, as an SVG. An
/// operation that never completed is not included.
pub fn rate(run: &Run<'_>) -> String {
    const HEIGHT: f64 = 320.0;
    let time = time_scale(run.end);
    let interval = interval(run.end, run.calls.len());
    let count = (time.end() / interval).ceil() as usize;
    let mut counts = BTreeMap::<(usize, Kind), Vec<u64>>::new();
    for call in &run.calls {
        if let Some(end) = call.end() {
            let key = (run.functions.number(call.f()), call.outcome());
            let of_key = counts.entry(key).or_insert_with(|| vec![0; count.max(1)]);
            let last = of_key.len() - 1;
            of_key[last.min((end / interval) as usize)] += 1;
        }
    }
    let most = counts.values().flatten().max().copied().unwrap_or_default();
    let y = Scale::linear([0.0, most.max(1) as f64 / interval * 1.05], pixels(HEIGHT));
    let line = |(key, counts): (&(usize, Kind), &Vec<u64>)| {
        let mut path = String::new();
        for (number, count) in counts.iter().enumerate() {
            let middle = (number as f64 + 0.5) * interval;
            let letter = if number == 0 { 'M' } else { 'L' };
            let (x, y) = (
                Px(time.at(middle.min(time.end()))),
                Px(y.at(*count as f64 / interval)),
            );
            let _ = write!(path, "{letter}{x},{y}");
        }
        Path {
            class: class(*key),
            path,
        }
    };
    let panel = Panel {
        title: "operations per second".to_owned(),
        y,
        height: HEIGHT,
        format: seconds,
        paths: counts.iter().map(line).collect(),
    };
    let legend = counts.keys().map(|key| Item {
        class: class(*key),
        shape: Shape::Line,
        label: format!("{} {}", run.functions.names()[key.0], key.1.name()),
    });
    Frame {
        title: format!("{}: rate of completions", run.workload),
        faults: &run.faults,
        end: run.end,
        panels: vec![panel],
        legend: legend.collect(),
    }
    .draw()
}

/// Returns the class of a line: the colour of the function and the dashes of the outcome.
fn class((f, kind): (usize, Kind)) -> String {
    format!("line {} {}", kind.name(), color(f))
}
