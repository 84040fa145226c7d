//! Cycles of transactions: a table for each transaction, and an arrow for each dependency.

use std::fmt::Write;

use mael_history::Value;
use maud::{Markup, html};

use super::{AnomalyPicture, MOST, cases};
use crate::Run;
use crate::svg::document;
use crate::text::{Px, brief, width, wrapped};

const LEFT: f64 = 24.0;
const TOP: f64 = 48.0;
const ROW: f64 = 19.0;

/// The distance between two transactions.
const GAP: f64 = 62.0;

/// The maximum number of rows of a table, and the maximum length of a value in it.
const ROWS: usize = 14;
const LONGEST: usize = 64;

/// The width of the text beside the arrow from the last transaction to the first.
const BESIDE: f64 = 340.0;

/// Draws the first cycle of each anomaly, which is also the first one to be explained.
pub(super) fn pictures(run: &Run<'_>) -> Vec<AnomalyPicture> {
    let cycles = cases(run.checked).filter_map(|(name, cases)| {
        let cycle = cases.into_iter().find_map(Cycle::read)?;
        Some(AnomalyPicture {
            name: name.to_owned(),
            svg: cycle.draw(name),
        })
    });
    cycles.take(MOST).collect()
}

/// A cycle: transactions, and the step from each to the next one, in the form of Elle's results.
struct Cycle<'r> {
    transactions: Vec<&'r Value>,
    steps: Vec<&'r Value>,
}

impl<'r> Cycle<'r> {
    fn read(case: &'r Value) -> Option<Self> {
        let steps: Vec<&Value> = case.get("steps")?.items().collect();
        // The first transaction is repeated at the end.
        let transactions: Vec<&Value> = case.get("cycle")?.items().take(steps.len()).collect();
        (!steps.is_empty() && transactions.len() == steps.len()).then_some(Self {
            transactions,
            steps,
        })
    }

    fn draw(&self, name: &str) -> String {
        let tables = self.tables();
        let widths = tables.iter().map(|table| table.width);
        let right = LEFT + widths.fold(240.0, f64::max);
        let last = tables.len() - 1;
        let bottom = tables[last].top + tables[last].height();
        let content = html! {
            text class="title" x=(LEFT) y="26" { (name) }
            @for table in &tables { (table.draw(right - LEFT)) }
            @for (number, step) in self.steps.iter().enumerate() {
                @if number < last {
                    @let from = tables[number].top + tables[number].height();
                    (down(LEFT + 40.0, from, tables[number + 1].top))
                    @let most = right - LEFT - 60.0;
                    (explained(&self.explain(number, step), most, LEFT + 56.0, from + 20.0))
                } @else {
                    @let from = tables[last].top + ROW / 2.0;
                    @let to = tables[0].top + ROW / 2.0;
                    (back(right, from, to))
                    @let middle = (from + to) / 2.0;
                    (explained(&self.explain(number, step), BESIDE, right + 46.0, middle))
                }
            }
        };
        let width = right + 56.0 + BESIDE;
        document(width, bottom + 20.0, name, &content)
    }

    /// Returns the tables of the transactions, from top to bottom.
    fn tables(&self) -> Vec<Table> {
        let mut top = TOP;
        let mut tables = Vec::new();
        for (number, transaction) in self.transactions.iter().enumerate() {
            let table = Table::new(number, transaction, self.concerned(number), top);
            top += table.height() + GAP;
            tables.push(table);
        }
        tables
    }

    /// Returns the positions of the micro-operations of a transaction that are part of the cycle.
    fn concerned(&self, number: usize) -> [Option<usize>; 2] {
        let count = self.steps.len();
        let position = |step: usize, key: &'static str| match self.steps[step].get(key) {
            Some(Value::Int(position)) => position.to(),
            _ => None,
        };
        [
            position(number, "a-mop-index"),
            position((number + count - 1) % count, "b-mop-index"),
        ]
    }

    /// Explains why a transaction comes before the next one.
    fn explain(&self, number: usize, step: &Value) -> String {
        let from = format!("T{}", number + 1);
        let to = format!("T{}", (number + 1) % self.steps.len() + 1);
        let text = |key: &'static str| {
            step.get(key)
                .map_or("an unknown version".to_owned(), |value| brief(value, 24))
        };
        let kind = step.get("type").and_then(Value::name).unwrap_or_default();
        let why = match kind {
            "wr" => format!(
                "{to} read {} of key {}, which {from} wrote",
                text("value"),
                text("key")
            ),
            "ww" => match step.get("value'") {
                Some(next) => format!(
                    "{to} wrote {} to key {} after {from} had written {}",
                    brief(next, 24),
                    text("key"),
                    text("value")
                ),
                None => format!("{to} wrote to key {} after {from}", text("key")),
            },
            "rw" => format!(
                "{from} read key {} as of {}, before {to} wrote {}",
                text("key"),
                text("value"),
                text("value'")
            ),
            "realtime" => format!("{from} completed before {to} was invoked"),
            "process" => format!("the same process executed {from} before {to}"),
            other => format!("{to} depends on {from} ({other})"),
        };
        format!("{kind}: {why}")
    }
}

/// The table of a transaction.
struct Table {
    heading: String,
    /// The micro-operations, and whether they are part of the cycle.
    rows: Vec<(String, bool)>,
    top: f64,
    width: f64,
}

impl Table {
    fn new(number: usize, transaction: &Value, concerned: [Option<usize>; 2], top: f64) -> Self {
        let text = |key: &'static str| {
            transaction
                .get(key)
                .map_or(String::new(), |value| brief(value, 20))
        };
        let seconds = match transaction.get("time") {
            Some(Value::Int(time)) => time.to::<u64>().unwrap_or_default() as f64 / 1e9,
            _ => 0.0,
        };
        let heading = format!(
            "T{}: operation {}, process {}, {seconds:.3} s",
            number + 1,
            text("index"),
            text("process")
        );
        let value = transaction.get("value");
        let all: Vec<&Value> = value.into_iter().flat_map(Value::items).collect();
        let rows = all.iter().enumerate().take(ROWS);
        let rows = rows.map(|(position, operation)| {
            (
                micro_operation(operation),
                concerned.contains(&Some(position)),
            )
        });
        let mut rows: Vec<(String, bool)> = rows.collect();
        if all.len() > ROWS {
            rows.push((format!("and {} more", all.len() - ROWS), false));
        }
        let widths = rows.iter().map(|(text, _)| width(text));
        let width = widths.fold(width(&heading), f64::max) + 24.0;
        Self {
            heading,
            rows,
            top,
            width,
        }
    }

    fn height(&self) -> f64 {
        (self.rows.len() + 1) as f64 * ROW + 6.0
    }

    fn draw(&self, width: f64) -> Markup {
        let row = |number: usize| self.top + (number as f64 + 1.0) * ROW;
        html! {
            g class="transaction" {
                rect class="box" x=(LEFT) y=(Px(self.top)) width=(Px(width))
                    height=(Px(self.height())) rx="3" {}
                text class="strong" x=(LEFT + 10.0) y=(Px(row(0) - 4.0)) { (self.heading) }
                path class="axis" d=(format!("M{LEFT},{}h{}", Px(row(0) + 1.0), Px(width))) {}
                @for (number, (text, is_concerned)) in self.rows.iter().enumerate() {
                    @if *is_concerned {
                        rect class="concerned" x=(LEFT + 4.0) y=(Px(row(number) + 3.0))
                            width=(Px(width - 8.0)) height=(ROW - 2.0) {}
                    }
                    text x=(LEFT + 10.0) y=(Px(row(number + 1) - 2.0)) { (text) }
                }
            }
        }
    }
}

/// Returns the text of a micro-operation, such as `append 3 5` or `r 3 [1 2]`.
fn micro_operation(operation: &Value) -> String {
    let mut text = String::new();
    for part in operation.items() {
        let separator = if text.is_empty() { "" } else { " " };
        let _ = match part.name() {
            Some(name) => write!(text, "{separator}{name}"),
            None => write!(text, "{separator}{}", brief(part, LONGEST)),
        };
    }
    if text.is_empty() {
        brief(operation, LONGEST)
    } else {
        brief(text, LONGEST)
    }
}

/// Returns an arrow from one table to the next.
fn down(x: f64, from: f64, to: f64) -> Markup {
    let (x, from, to) = (Px(x), Px(from + 2.0), Px(to - 2.0));
    html! { path class="edge" d=(format!("M{x},{from}L{x},{to}m-4,-8l4,8l4,-8")) {} }
}

/// Returns an arrow from the last table to the first one, on their right.
fn back(x: f64, from: f64, to: f64) -> Markup {
    let (x, out, from, to) = (Px(x + 2.0), Px(x + 34.0), Px(from), Px(to));
    let path = format!("M{x},{from}L{out},{from}L{out},{to}L{x},{to}m8,-4l-8,4l8,4");
    html! { path class="edge" d=(path) {} }
}

/// Returns a text as lines of at most this width.
fn explained(text: &str, most: f64, x: f64, y: f64) -> Markup {
    html! {
        g class="explanation" {
            @for (number, line) in wrapped(text, most).iter().enumerate() {
                text x=(Px(x)) y=(Px(y + number as f64 * 15.0)) { (line) }
            }
        }
    }
}
