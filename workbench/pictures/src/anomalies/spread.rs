//! The spread of a broadcast message: when it arrived at which node, and which node never got it.

use std::collections::BTreeMap;

use mael_history::{Kind, Value};
use maud::html;

use super::AnomalyPicture;
use crate::calls::Call;
use crate::scale::Scale;
use crate::svg::document;
use crate::text::{Px, brief, seconds};
use crate::{Messages, Run};

const LEFT: f64 = 110.0;
const RIGHT: f64 = 760.0;
const WIDTH: f64 = 960.0;
const TOP: f64 = 72.0;
const ROW: f64 = 26.0;

/// The shortest time drawn, in seconds.
const SHORTEST: f64 = 1e-3;

/// The maximum number of messages drawn.
const MOST: usize = 300;

/// Returns the element that was added and then lost, whose spread is drawn: the first one.
pub fn lost_element<'a>(run: &Run<'a>) -> Option<&'a Value> {
    let lost = run.checked.get("lost")?;
    let add = |lost: &&Value| {
        run.calls
            .iter()
            .position(|it| it.invocation.value == **lost)
    };
    lost.items().filter(|it| add(it).is_some()).min_by_key(add)
}

/// Draws the spread of a lost element over the nodes.
pub(super) fn pictures(run: &Run<'_>, carriers: &Messages) -> Option<AnomalyPicture> {
    let element = lost_element(run)?;
    let add = run
        .calls
        .iter()
        .find(|it| it.invocation.value == *element)?;
    Some(AnomalyPicture {
        name: String::new(),
        svg: draw(run, element, add, carriers),
    })
}

fn draw(run: &Run<'_>, element: &Value, add: &Call<'_>, carriers: &Messages) -> String {
    let row_of = |name: &str| run.nodes.iter().position(|node| node == name);
    let y = |row: usize| TOP + (row as f64 + 0.5) * ROW;
    // Messages from and to clients are operations.
    let between_nodes = carriers.list().iter().filter_map(|message| {
        let rows = [message.src, message.dest].map(|end| row_of(carriers.name(end)));
        Some((message, rows[0]?, rows[1]?))
    });
    let sent: Vec<_> = between_nodes.take(MOST).collect();
    let mut arrivals = BTreeMap::<usize, f64>::new();
    let origin = run
        .thread(&add.invocation.process)
        .and_then(|it| run.node_of(it));
    arrivals.extend(origin.and_then(row_of).map(|row| (row, add.start())));
    for (message, _, to) in &sent {
        if let Some(time) = message.received {
            let first = arrivals.entry(*to).or_insert(time);
            *first = first.min(time);
        }
    }
    let sends = sent.iter().map(|(message, ..)| message.sent);
    let last = arrivals
        .values()
        .copied()
        .chain(sends)
        .fold(add.start(), f64::max);
    let span = (last - add.start()).max(SHORTEST);
    let time = Scale::linear([add.start(), add.start() + span * 1.08], [LEFT, RIGHT]);
    let bottom = TOP + run.nodes.len() as f64 * ROW;
    let title = format!("the spread of {} {}", add.f(), brief(element, 40));
    let acknowledged = add.end().filter(|_| add.outcome() == Kind::Ok);
    let content = html! {
        text class="title" x="12" y="26" { (title) }
        text class="dim" x="12" y="46" {
            @if let (Some(node), Some(time)) = (origin, acknowledged) {
                (brief(node, 12)) (format!(" acknowledged it at {time:.3} s. "))
            }
            "Arrows are messages between nodes that carry it; a dot is its first arrival."
        }
        text class="dim" x=(RIGHT + 16.0) y="62" { "last read" }
        @for tick in time.ticks(6) {
            @let x = Px(time.at(tick));
            path class="grid" d=(format!("M{x},{TOP}V{}", Px(bottom))) {}
            text class="dim small mid tick" x=(x) y=(Px(bottom + 14.0)) { (seconds(tick)) " s" }
        }
        @for (row, node) in run.nodes.iter().enumerate() {
            @let y = y(row);
            text class="end lane" x=(LEFT - 10.0) y=(Px(y + 4.0)) { (brief(node, 12)) }
            path class="axis" d=(format!("M{LEFT},{}H{RIGHT}", Px(y))) {}
            @match (arrivals.contains_key(&row), last_read(run, node, element)) {
                (_, Some(true)) => text x=(RIGHT + 16.0) y=(Px(y + 4.0)) { "has it" },
                (true, Some(false)) => text class="missing" x=(RIGHT + 16.0) y=(Px(y + 4.0)) {
                    "lacks it"
                },
                (false, Some(false)) => text class="missing" x=(RIGHT + 16.0) y=(Px(y + 4.0)) {
                    "lacks it: never arrived"
                },
                (true, None) => text class="dim" x=(RIGHT + 16.0) y=(Px(y + 4.0)) { "no read" },
                (false, None) => text class="missing" x=(RIGHT + 16.0) y=(Px(y + 4.0)) {
                    "never arrived"
                },
            }
        }
        @for (message, from, to) in &sent {
            @let (x, from) = (time.at(message.sent), y(*from));
            @let (class, end, to) = match message.received {
                Some(received) => ("", time.at(received), y(*to)),
                None => ("lost", x + 6.0, from + (y(*to) - from) * 0.6),
            };
            g class="msg" {
                title {
                    (carriers.name(message.src)) " → " (carriers.name(message.dest))
                    (format!(", sent at {:.6} s", message.sent))
                    @if message.received.is_none() { ", never arrived" }
                }
                path class=[(!class.is_empty()).then_some(class)]
                    d=(format!("M{},{}L{},{}", Px(x), Px(from), Px(end), Px(to))) {}
                @if message.received.is_none() {
                    path class="lost" d=(format!("M{},{}m-4,-4l8,8m-8,0l8,-8", Px(end), Px(to))) {}
                }
            }
        }
        @for (row, arrival) in &arrivals {
            @let (x, y) = (Px(time.at(*arrival)), Px(y(*row)));
            path class="dot arrival c2" d=(format!("M{x},{y}h.01")) {}
        }
    };
    document(WIDTH, bottom + 24.0, &title, &content)
}

/// Returns whether the last read from a node contains an element.
fn last_read(run: &Run<'_>, node: &str, element: &Value) -> Option<bool> {
    let is_of_node = |call: &&Call<'_>| {
        let thread = run.thread(&call.invocation.process);
        thread.and_then(|thread| run.node_of(thread)) == Some(node)
    };
    let mut reads = run.calls.iter().rev().filter(|call| call.f() == "read");
    let read = reads.find(|call| call.outcome() == Kind::Ok && is_of_node(call))?;
    let mut elements = read.completion?.value.items();
    Some(elements.any(|it| it == element))
}
