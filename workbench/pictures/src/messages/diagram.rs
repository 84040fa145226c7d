//! Draws a page of a Lamport diagram.

use mael_history::text::counted;
use maud::{Markup, html};
use rustc_hash::FxHashMap;

use super::journal::{Body, Message};
use super::lanes::{Lanes, is_client};
use super::time_axis::TimeAxis;
use super::{Messages, Page};
use crate::Run;
use crate::faults::{Fault, FaultKind};
use crate::svg::document;
use crate::text::{Px, brief, small_width, wrapped};

const LEFT: f64 = 84.0;
const TOP: f64 = 110.0;

/// The position of the names of the lanes.
const NAMES: f64 = 88.0;

/// The minimum number of pixels between the labels of two messages from one lane to the same side.
const LABELS: f64 = 11.0;

/// The height of a line of text above the diagram.
const LINE: f64 = 16.0;

/// Half the width of the band of a killed or paused node.
const BAND: f64 = 18.0;

/// The width of an item of the legend.
const ITEM: f64 = 124.0;

/// The items of the legend: the class of the group and of the path, the path, and the label.
const LEGEND: [(&str, &str, &str, &str); 5] = [
    ("msg server", "", "M0,-4h16", "between servers"),
    ("msg client", "", "M0,-4h16", "of a client"),
    ("msg service", "", "M0,-4h16", "of a service"),
    ("msg", "lost", "M4,-8l8,8m-8,0l8,-8", "never arrived"),
    ("msg", "duplicate", "M0,-4h16", "second copy"),
];

/// Draws a page of messages as a Lamport diagram, as an SVG: a lane for each client, node and
/// service, an arrow for each message, and time from top to bottom. Between events, time passes at
/// different speeds. Lost and duplicated messages are marked; partitions, kills and pauses are
/// shaded.
pub fn messages(run: &Run<'_>, messages: &Messages, page: &Page) -> String {
    let title = format!("{}: messages", run.workload);
    Diagram::new(run, messages, page).draw(page, &title, &[])
}

/// Draws the messages of a run that was shrunk, as [messages] does, with sentences above them: why
/// it fails, and then its faults.
pub fn minimal_run(
    run: &Run<'_>,
    messages: &Messages,
    page: &Page,
    explanations: &[String],
) -> String {
    let diagram = Diagram::new(run, messages, page);
    let title = format!("{}: the minimal run that fails", run.workload);
    let faults = diagram.faults_in_effect().into_iter().map(Fault::describe);
    let sentences: Vec<String> = explanations.iter().cloned().chain(faults).collect();
    diagram.draw(page, &title, &sentences)
}

struct Diagram<'d> {
    run: &'d Run<'d>,
    messages: &'d Messages,
    shown: &'d [Message],
    lanes: Lanes,
    time: TimeAxis,
}

/// A request and its reply, by their positions in the page.
#[derive(Default)]
struct Replies {
    request_of: FxHashMap<usize, usize>,
    reply_to: FxHashMap<usize, usize>,
}

impl<'d> Diagram<'d> {
    fn new(run: &'d Run<'d>, messages: &'d Messages, page: &Page) -> Self {
        let shown = &messages.list()[page.shown.clone()];
        let times = shown.iter().flat_map(|it| {
            let received = it.received.into_iter().chain(it.again);
            received.chain([it.sent])
        });
        Self {
            run,
            messages,
            shown,
            lanes: Lanes::new(messages, shown, run.nodes, LEFT),
            time: TimeAxis::new(times.collect(), TOP),
        }
    }

    /// Draws the diagram below its title and these sentences.
    fn draw(&self, page: &Page, title: &str, sentences: &[String]) -> String {
        let bottom = self.time.bottom() + 24.0;
        let kinds = LEGEND.len() + self.kinds_of_faults().count();
        let right = self.lanes.right().max(12.0 + ITEM * kinds as f64);
        let sentences = sentences.iter().map(|it| wrapped(it, right - 16.0));
        let lines: Vec<String> = sentences.flatten().collect();
        let down = lines.len() as f64 * LINE;
        let labels = self.time.labels();
        let decimals = decimals(&labels);
        let diagram = html! {
            (self.heading(page))
            (self.faults(bottom))
            (self.legend())
            @for (time, y) in labels {
                path class="grid" d=(format!("M{LEFT},{0}H{1}", Px(y), Px(self.lanes.right()))) {}
                text class="dim small end time" x=(LEFT - 6.0) y=(Px(y + 3.0)) {
                    (seconds(time, decimals))
                }
            }
            @for lane in 0..self.lanes.names.len() {
                @let x = Px(self.lanes.x(lane));
                path class="axis" d=(format!("M{x},{}V{}", NAMES + 6.0, Px(bottom))) {}
            }
            (self.arrows())
            (self.labels())
            (self.names())
        };
        let content = html! {
            text class="title" x="12" y="24" { (title) }
            @for (number, line) in lines.iter().enumerate() {
                text class="sentence" x="12" y=(Px(44.0 + number as f64 * LINE)) { (line) }
            }
            @if lines.is_empty() {
                (diagram)
            } @else {
                g transform=(format!("translate(0,{})", Px(down))) { (diagram) }
            }
        };
        document(right + 16.0, bottom + 8.0 + down, title, &content)
    }

    /// Returns which messages these are, with links to the pages before and after this one.
    fn heading(&self, page: &Page) -> Markup {
        let [from, to] = self.time.range();
        let all = self.messages.list().len();
        let which = if self.shown.len() == all {
            format!("{}, ", counted(all as u64, "message"))
        } else {
            let (first, last) = (page.shown.start + 1, page.shown.end);
            format!("messages {first} to {last} of {all}, ")
        };
        let link = |file: &Option<String>, text: &str, x: f64| {
            html! {
                @if let Some(file) = file {
                    a href=(file) { text class="link" x=(x) y="46" { (text) } }
                }
            }
        };
        html! {
            (link(&page.earlier, "← earlier", 12.0))
            (link(&page.later, "later →", 92.0))
            @let is_alone = page.earlier.is_none() && page.later.is_none();
            text class="dim" x=(if is_alone { "12" } else { "160" }) y="46" {
                (which) (format!("from {} to {}", seconds(from, 3), seconds(to, 3)))
            }
        }
    }

    /// Returns the names of the lanes, repeated so that they are always in sight.
    fn names(&self) -> Markup {
        let headings = self.time.headings().iter();
        html! {
            @for y in std::iter::once(NAMES).chain(headings.map(|y| y + 4.0)) {
                @for (lane, name) in self.lanes.names.iter().enumerate() {
                    @let x = self.lanes.x(lane);
                    rect class="bg" x=(Px(x - self.lanes.gap / 2.0 + 4.0)) y=(Px(y - 12.0))
                        width=(Px(self.lanes.gap - 8.0)) height="16" {}
                    text class="mid lane" x=(Px(x)) y=(Px(y)) {
                        (brief(name, (self.lanes.gap / 8.0) as usize))
                    }
                }
            }
        }
    }

    fn faults_in_effect(&self) -> Vec<&Fault> {
        let [from, to] = self.time.range();
        let faults = self.run.faults.iter();
        faults
            .filter(|fault| fault.from <= to && fault.to >= from)
            .collect()
    }

    /// Shades the faults in effect: partitions over all lanes, and the others on their node's.
    fn faults(&self, bottom: f64) -> Markup {
        let [_, to] = self.time.range();
        let band = |fault: &Fault| {
            let begin = self.time.y(fault.from);
            let end = if fault.to > to {
                bottom
            } else {
                self.time.y(fault.to)
            };
            let node = fault.node.as_ref().and_then(|node| self.lanes.named(node));
            let [left, right] = match (fault.kind, node) {
                (FaultKind::Partition, _) | (_, None) => [LEFT, self.lanes.right()],
                (_, Some(x)) => [x - BAND, x + BAND],
            };
            html! {
                rect class=(fault.kind.name()) x=(Px(left)) y=(Px(begin))
                    width=(Px(right - left)) height=(Px((end - begin).max(2.0))) {
                    title { (fault.describe()) }
                }
            }
        };
        html! { @for fault in self.faults_in_effect() { (band(fault)) } }
    }

    fn kinds_of_faults(&self) -> impl Iterator<Item = FaultKind> {
        let faults = self.faults_in_effect();
        let kinds = FaultKind::ALL.into_iter();
        kinds.filter(move |kind| faults.iter().any(|fault| fault.kind == *kind))
    }

    /// Explains the colours and lines, and names the kinds of faults that are shaded.
    fn legend(&self) -> Markup {
        let place = |number: usize| format!("translate({},66)", 12.0 + ITEM * number as f64);
        html! {
            @for (number, (class, inner, path, label)) in LEGEND.into_iter().enumerate() {
                g class=(class) transform=(place(number)) {
                    path class=(inner) d=(path) {}
                    text class="small" x="21" y="0" { (label) }
                }
            }
            @for (number, kind) in self.kinds_of_faults().enumerate() {
                g transform=(place(LEGEND.len() + number)) {
                    rect class=(kind.name()) y="-10" width="16" height="12" {}
                    text class="small" x="21" y="0" { (kind.name()) }
                }
            }
        }
    }

    fn arrows(&self) -> Markup {
        let replies = self.replies();
        html! {
            @for (number, message) in self.shown.iter().enumerate() {
                @let ([from, y], to) = self.way(message);
                g class=(format!("msg {}", self.class(message))) {
                    title { (self.describe(number, &replies)) }
                    @match message.received {
                        Some(time) => path d=(arrow([from, y], [to, self.time.y(time)])) {},
                        None => {
                            path class="ghost" d=(ghost([from, y], to)) {}
                            path class="lost" d=(lost([from, y], to, self.lanes.gap)) {}
                        },
                    }
                    @if let Some(time) = message.again {
                        path class="duplicate" d=(arrow([from, y], [to, self.time.y(time)])) {}
                    }
                }
            }
        }
    }

    /// Returns the labels of messages, beside the starts of their arrows, where there is space.
    fn labels(&self) -> Markup {
        let mut last = FxHashMap::<(i64, bool), f64>::default();
        html! {
            g class="labels" {
                @for message in self.shown {
                    @let ([from, y], to) = self.way(message);
                    @let side = (from as i64, to > from);
                    @let is_free = last.get(&side).is_none_or(|last| y - last >= LABELS);
                    @if let (true, Some(body)) = (is_free, &message.body) {
                        @let _ = last.insert(side, y);
                        (label(body, [from, y], to, self.lanes.gap))
                    }
                }
            }
        }
    }

    /// Returns where a message is sent, and the position of the lane that it is sent to.
    fn way(&self, message: &Message) -> ([f64; 2], f64) {
        let from = [self.lanes.of(message.src), self.time.y(message.sent)];
        (from, self.lanes.of(message.dest))
    }

    /// Returns the class of a message: between servers, of a client, or of a service.
    fn class(&self, message: &Message) -> &'static str {
        let [src, dest] = [message.src, message.dest].map(|end| self.messages.name(end));
        let nodes = self.run.nodes;
        let is_node = |name: &str| nodes.iter().any(|node| node == name);
        if is_client(src, nodes) || is_client(dest, nodes) {
            "client"
        } else if is_node(src) && is_node(dest) {
            "server"
        } else {
            "service"
        }
    }

    /// Pairs the replies in this page with their requests.
    fn replies(&self) -> Replies {
        let mut requests = FxHashMap::<(u32, u32, &str), usize>::default();
        let mut replies = Replies::default();
        for (number, message) in self.shown.iter().enumerate() {
            let Some(body) = &message.body else {
                continue;
            };
            if let Some(id) = &body.in_reply_to {
                let request = requests.get(&(message.dest, message.src, id.as_str()));
                if let Some(request) = request {
                    replies.request_of.insert(number, *request);
                    replies.reply_to.entry(*request).or_insert(number);
                }
            }
            if let Some(id) = &body.msg_id {
                requests.insert((message.src, message.dest, id), number);
            }
        }
        replies
    }

    /// Describes a message in a few lines.
    fn describe(&self, number: usize, replies: &Replies) -> String {
        let message = &self.shown[number];
        let [src, dest] = [message.src, message.dest].map(|end| self.messages.name(end));
        let millis = |time: f64| format!("{:.3} ms", (time - message.sent) * 1e3);
        let mut lines = vec![format!("{src} → {dest}, sent at {:.6} s", message.sent)];
        lines.push(match (message.received, message.again) {
            (None, _) => "never arrived".to_owned(),
            (Some(time), None) => format!("arrived after {}", millis(time)),
            (Some(first), Some(second)) => {
                format!(
                    "arrived twice, after {} and {}",
                    millis(first),
                    millis(second)
                )
            }
        });
        lines.extend(message.body.iter().map(|body| body.text.clone()));
        let sent = |number: &usize| self.shown[*number].sent;
        if let Some(request) = replies.request_of.get(&number).map(sent) {
            let after = (message.sent - request) * 1e3;
            lines.push(format!(
                "replies to the request of {request:.6} s, {after:.3} ms later"
            ));
        }
        if let Some(reply) = replies.reply_to.get(&number).map(sent) {
            lines.push(format!(
                "the reply was sent at {reply:.6} s, {} later",
                millis(reply)
            ));
        }
        lines.join("\n")
    }
}

/// Returns a time with this number of decimals.
fn seconds(time: f64, decimals: usize) -> String {
    let scale = 10f64.powi(decimals as i32);
    // The sum of zeros is positive.
    let rounded = (time * scale).round() / scale + 0.0;
    format!("{rounded:.decimals$} s")
}

/// Returns the number of decimals at which times that are labelled differ.
fn decimals(labels: &[(f64, f64)]) -> usize {
    let is_close = |pair: &[(f64, f64)]| pair[1].0 - pair[0].0 < 1e-4;
    if labels.windows(2).any(is_close) {
        6
    } else {
        4
    }
}

/// Returns the label of a message, beside the start of its arrow.
fn label(body: &Body, [x, y]: [f64; 2], to: f64, gap: f64) -> Markup {
    let space = (to - x).abs().max(gap) - 12.0;
    let letters = body.label.chars().count() as f64;
    let text = brief(
        &body.label,
        (space / small_width(&body.label) * letters) as usize,
    );
    let (class, x) = if to > x {
        ("small", x + 5.0)
    } else {
        ("small end", x - 5.0)
    };
    html! { text class=(class) x=(Px(x)) y=(Px(y - 1.5)) { (text) } }
}

/// Returns the path of an arrow.
fn arrow([x, y]: [f64; 2], [to_x, to_y]: [f64; 2]) -> String {
    /// The length of the head, and half its width.
    const HEAD: [f64; 2] = [7.0, 3.0];
    // A message of a node to itself has no direction.
    let bend = if x == to_x { 18.0 } else { 0.0 };
    let (along, down) = (to_x - x - bend, to_y - y);
    let length = along.hypot(down).max(0.1);
    let (along, down) = (along / length, down / length);
    let side = |sign: f64| {
        let [back, aside] = [HEAD[0], HEAD[1] * sign];
        let x = to_x - back * along - aside * down;
        let y = to_y - back * down + aside * along;
        format!("{},{}", Px(x), Px(y))
    };
    let bend = if bend > 0.0 {
        format!("L{},{}", Px(x + bend), Px((y + to_y) / 2.0))
    } else {
        String::new()
    };
    let (x, y, to) = (Px(x), Px(y), format!("{},{}", Px(to_x), Px(to_y)));
    format!("M{x},{y}{bend}L{to}M{}L{to}L{}", side(1.0), side(-1.0))
}

/// The pixels between the positions where a message that never arrives was sent, and where it would
/// have arrived.
const LOST: f64 = 12.0;

/// Returns the way of a message that never arrives.
fn ghost([x, y]: [f64; 2], to: f64) -> String {
    format!("M{},{}L{},{}", Px(x), Px(y), Px(to), Px(y + LOST))
}

/// Returns the beginning of that way, with a cross at its end.
fn lost([x, y]: [f64; 2], to: f64, gap: f64) -> String {
    let part = (gap * 0.3 / (to - x).abs().max(1.0)).min(1.0);
    let end = format!("{},{}", Px(x + (to - x) * part), Px(y + LOST * part));
    format!("M{},{}L{end}m-4,-4l8,8m-8,0l8,-8", Px(x), Px(y))
}
