//! The frame of a chart: axes over time, shaded faults and a legend.

use std::fmt::Write;

use mael_history::Kind;
use maud::{Markup, PreEscaped, html};

use crate::faults::{Fault, FaultKind};
use crate::scale::{Scale, round_step};
use crate::svg::document;
use crate::text::{Px, seconds, width};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = WIDTH - 20.0;

/// Above the first panel, and between panels.
const TOP: f64 = 56.0;
const GAP: f64 = 48.0;

/// The height of the strip that shows a kind of fault in strong colours, since shades overlap.
const STRIP: f64 = 6.0;

/// The height of a row of the legend.
const ROW: f64 = 20.0;

/// A chart: one or more panels over the same time.
pub(super) struct Frame<'a> {
    pub(super) title: String,
    pub(super) faults: &'a [Fault],
    /// The seconds that the chart covers.
    pub(super) end: f64,
    pub(super) panels: Vec<Panel>,
    pub(super) legend: Vec<Item>,
}

/// A panel of a chart.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) y: Scale,
    pub(super) height: f64,
    pub(super) format: fn(f64) -> String,
    pub(super) paths: Vec<Path>,
}

/// Lines or marks of the same look.
pub(super) struct Path {
    pub(super) class: String,
    pub(super) path: String,
}

/// An item of the legend.
pub(super) struct Item {
    pub(super) class: String,
    pub(super) shape: Shape,
    pub(super) label: String,
}

/// What an item of the legend looks like.
pub(super) enum Shape {
    Mark(Kind),
    Line,
}

/// Returns the scale of time, which all charts share.
pub(super) fn time_scale(end: f64) -> Scale {
    Scale::linear([0.0, end.max(0.001)], [LEFT, RIGHT])
}

/// The minimum and the maximum number of intervals in which operations are counted.
const INTERVALS: [f64; 2] = [10.0, 60.0];

/// The mean number of operations in an interval, unless there are very few or many operations. With
/// fewer, a line goes up and down with each operation.
const OPERATIONS: f64 = 5.0;

/// Returns the length of the intervals in which this number of operations is counted, in seconds.
pub(super) fn interval(end: f64, operations: usize) -> f64 {
    let [least, most] = INTERVALS;
    let count = (operations as f64 / OPERATIONS).clamp(least, most);
    round_step(time_scale(end).end() / count)
}

/// Returns the scale of a panel of this height, from its bottom to its top.
pub(super) fn pixels(height: f64) -> [f64; 2] {
    [height, 0.0]
}

/// Returns the class of the marks of an outcome.
pub(super) fn mark_class(kind: Kind) -> &'static str {
    match kind {
        Kind::Invoke | Kind::Ok => "dot",
        Kind::Fail | Kind::Info => "mark",
    }
}

/// Adds a mark: a dot for ok, a cross for fail, and a triangle for info.
pub(super) fn add_mark(path: &mut String, kind: Kind, x: f64, y: f64) {
    let (x, y) = (Px(x), Px(y));
    let shape = match kind {
        Kind::Invoke | Kind::Ok => "h.01",
        Kind::Fail => "m-3,-3l6,6m-6,0l6,-6",
        Kind::Info => "m0,-4l3.5,6h-7z",
    };
    // Writing to a string can't fail.
    let _ = write!(path, "M{x},{y}{shape}");
}

impl Frame<'_> {
    pub(super) fn draw(&self) -> String {
        let legend = self.legend();
        let plots: f64 = self.panels.iter().map(|panel| panel.height + GAP).sum();
        let bottom = TOP + plots - GAP;
        let rows = legend.len() as f64;
        let height = bottom + 44.0 + rows * ROW;
        let mut top = TOP;
        let mut panels = Vec::new();
        for panel in &self.panels {
            panels.push(self.panel(panel, top));
            top += panel.height + GAP;
        }
        let content = html! {
            text class="title" x=(LEFT) y="26" { (self.title) }
            @for panel in panels { (panel) }
            text class="dim mid" x=(Px((LEFT + RIGHT) / 2.0)) y=(Px(bottom + 34.0)) {
                "time in seconds"
            }
            @for (row, items) in legend.iter().enumerate() {
                g transform=(format!("translate(0,{})", Px(bottom + 52.0 + row as f64 * ROW))) {
                    (items)
                }
            }
        };
        document(WIDTH, height, &self.title, &content)
    }

    fn panel(&self, panel: &Panel, top: f64) -> Markup {
        let time = time_scale(self.end);
        let bottom = panel.height;
        let shades = FaultKind::ALL.into_iter().flat_map(|kind| {
            let spans = Fault::union(self.faults, kind).into_iter();
            spans.map(move |[from, to]| {
                let from = time.at(from);
                let to = time.at(to.min(self.end));
                (from, to.max(from + 1.0), kind)
            })
        });
        let shades: Vec<(f64, f64, FaultKind)> = shades.collect();
        html! {
            g class="panel" transform=(format!("translate(0,{})", Px(top))) {
                @for (from, to, kind) in &shades {
                    rect class=(kind.name()) x=(Px(*from)) y="0" width=(Px(to - from))
                        height=(Px(bottom)) {
                        title { (kind.name()) }
                    }
                }
                @for (from, to, kind) in &shades {
                    rect class=(format!("strip {}", kind.name())) x=(Px(*from))
                        y=(Px(*kind as usize as f64 * STRIP)) width=(Px(to - from))
                        height=(STRIP - 1.0) {}
                }
                @for tick in panel.y.ticks(5) {
                    @let y = Px(panel.y.at(tick));
                    path class="grid" d=(format!("M{LEFT},{y}H{RIGHT}")) {}
                    text class="dim end" x=(LEFT - 8.0) y=(Px(y.0 + 4.0)) {
                        ((panel.format)(tick))
                    }
                }
                @for tick in time.ticks(10) {
                    @let x = Px(time.at(tick));
                    path class="axis" d=(format!("M{x},{bottom}v4")) {}
                    text class="dim mid tick" x=(x) y=(Px(bottom + 17.0)) { (seconds(tick)) }
                }
                path class="axis" d=(format!("M{LEFT},0V{bottom}H{RIGHT}")) {}
                @if !panel.title.is_empty() {
                    text x=(LEFT) y="-8" { (panel.title) }
                }
                @for Path { class, path } in &panel.paths {
                    path class=(class) d=(path) {}
                }
            }
        }
    }

    /// Returns the rows of the legend: items and the kinds of faults in the run.
    fn legend(&self) -> Vec<Markup> {
        let kinds = FaultKind::ALL.into_iter();
        let kinds = kinds.filter(|kind| self.faults.iter().any(|fault| fault.kind == *kind));
        let items = self.legend.iter().map(|item| (item.draw(), &*item.label));
        let faults = kinds.map(|kind| {
            let swatch = html! {
                rect class=(format!("strip {}", kind.name())) y="-9" width="16" height="10" {}
            };
            (swatch, kind.name())
        });
        let mut rows = vec![PreEscaped(String::new())];
        let mut x = LEFT;
        for (shape, label) in items.chain(faults) {
            let end = x + 22.0 + width(label);
            if end > RIGHT && x > LEFT {
                rows.push(PreEscaped(String::new()));
                x = LEFT;
            }
            let item = html! {
                g transform=(format!("translate({},0)", Px(x))) {
                    (shape)
                    text x="22" y="0" { (label) }
                }
            };
            if let Some(row) = rows.last_mut() {
                row.0.push_str(&item.0);
            }
            x += 22.0 + width(label) + 18.0;
        }
        rows
    }
}

impl Item {
    fn draw(&self) -> Markup {
        let path = match self.shape {
            Shape::Mark(kind) => {
                let mut path = String::new();
                add_mark(&mut path, kind, 8.0, -4.0);
                path
            }
            Shape::Line => "M0,-4h16".to_owned(),
        };
        html! { path class=(self.class) d=(path) {} }
    }
}
