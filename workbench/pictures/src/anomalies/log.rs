//! The log of a key: who sent and who polled which messages, around those of an anomaly.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use mael_history::{Kind, Value};
use maud::html;

use super::{AnomalyPicture, MOST, cases};
use crate::Run;
use crate::calls::Call;
use crate::svg::document;
use crate::text::{Px, brief};

const LEFT: f64 = 250.0;
const TOP: f64 = 92.0;
const ROW: f64 = 20.0;
const COLUMN: f64 = 46.0;

/// The maximum numbers of offsets and of operations shown.
const OFFSETS: i64 = 16;
const OPERATIONS: usize = 24;

/// Draws a case of each anomaly that concerns a key: the one that is explained, if it is listed.
/// Of some anomalies, only the worst cases are.
pub(super) fn pictures(
    run: &Run<'_>,
    explanations: &[(&'static str, String)],
) -> Vec<AnomalyPicture> {
    let pictures = cases(run.checked).filter_map(|(name, mut cases)| {
        let is_named = |text: &&str| text.split_once(": ").is_some_and(|(it, _)| it == name);
        let texts = explanations.iter().map(|(_, text)| text.as_str());
        let explained = texts.filter(is_named).collect::<String>();
        cases.retain(|case| case.get("key").is_some());
        // Equal cases stay in their order.
        let words = words(&explained);
        cases.sort_by_key(|case| Reverse(mentioned(case, &words)));
        let log = Log::new(run, cases.first()?)?;
        let is_other = !words.is_empty() && !words.contains(&log.key.to_string().as_str());
        let svg = log.draw(run, name, is_other);
        let name = name.to_owned();
        Some(AnomalyPicture { name, svg })
    });
    pictures.take(MOST).collect()
}

/// Returns the words of an explanation.
fn words(explanation: &str) -> Vec<&str> {
    let is_separator = |it: char| it.is_whitespace() || ",;:()".contains(it);
    let words = explanation.split(is_separator);
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns how many of the keys, messages and operations of a case an explanation mentions.
fn mentioned(case: &Value, words: &[&str]) -> usize {
    let single = ["key", "value", "offset"]
        .into_iter()
        .filter_map(|it| case.get(it));
    let lists = ["values", "skipped", "ops"]
        .into_iter()
        .filter_map(|it| case.get(it));
    let parts = single
        .chain(lists.flat_map(Value::items))
        .chain(case.get("op"));
    let parts = parts.map(|part| part.get("index").unwrap_or(part).to_string());
    parts.filter(|part| words.contains(&part.as_str())).count()
}

/// An operation on the log of a key.
struct Use<'h> {
    call: Call<'h>,
    /// The messages that it sent or polled, with their offsets.
    entries: Vec<(i64, &'h Value)>,
}

/// The part of a key's log around an anomaly.
struct Log<'h> {
    key: &'h Value,
    /// The first and the last offset shown.
    offsets: [i64; 2],
    /// The offsets of the messages that the anomaly concerns.
    concerned: BTreeSet<i64>,
    uses: Vec<Use<'h>>,
}

impl<'h> Log<'h> {
    fn new(run: &Run<'h>, case: &'h Value) -> Option<Self> {
        let key = case.get("key")?;
        let all: Vec<Use<'h>> = run
            .calls
            .iter()
            .filter_map(|call| Use::of(call, key))
            .collect();
        let concerned = concerned(case, &all);
        let first = *concerned.first()?;
        let from = (first - OFFSETS / 3).max(0);
        let highest = all
            .iter()
            .flat_map(|it| &it.entries)
            .map(|(offset, _)| *offset)
            .max()?;
        let to = highest.min(from + OFFSETS - 1);
        let mut uses = all;
        uses.retain(|it| {
            it.range()
                .is_some_and(|[low, high]| low <= to && high >= from)
        });
        // Those that include, or pass over, a message of the anomaly explain it.
        let passes = |it: &Use<'_>| {
            let range = it.range();
            concerned
                .iter()
                .any(|offset| range.is_some_and(|[low, high]| low <= *offset && *offset <= high))
        };
        uses.sort_by_key(|it| !passes(it));
        uses.truncate(OPERATIONS);
        uses.sort_by(|a, b| a.call.start().total_cmp(&b.call.start()));
        Some(Self {
            key,
            offsets: [from, to],
            concerned,
            uses,
        })
    }

    /// Draws the log; `is_other` is true if another case is explained.
    fn draw(&self, run: &Run<'_>, name: &str, is_other: bool) -> String {
        let [from, to] = self.offsets;
        let x = |offset: i64| LEFT + (offset - from) as f64 * COLUMN;
        let right = (x(to) + COLUMN).max(620.0);
        let bottom = TOP + self.uses.len() as f64 * ROW;
        let title = format!("{name}: the log of key {}", brief(self.key, 40));
        let content = html! {
            text class="title" x="12" y="26" { (title) }
            text class="dim" x="12" y="46" {
                "Messages by offset. Each row is an operation; marked columns are those of the \
                 anomaly."
                @if is_other { " This is another case than the one explained." }
            }
            @for offset in self.concerned.iter().filter(|it| (from..=to).contains(*it)) {
                rect class="concerned" x=(Px(x(*offset))) y=(TOP - 22.0) width=(COLUMN)
                    height=(Px(bottom - TOP + 22.0)) {}
            }
            text class="dim end" x=(LEFT - 10.0) y=(TOP - 7.0) { "offset" }
            @for offset in from..=to {
                text class="dim mid offset" x=(Px(x(offset) + COLUMN / 2.0)) y=(TOP - 7.0) {
                    (offset)
                }
            }
            @for (row, it) in self.uses.iter().enumerate() {
                @let y = TOP + row as f64 * ROW;
                text class="small end" x=(LEFT - 10.0) y=(Px(y + 14.0)) { (it.label(run)) }
                @if let Some([low, high]) = it.range() {
                    @let (low, high) = (low.max(from), high.min(to));
                    path class="axis" d=(format!(
                        "M{},{}H{}", Px(x(low)), Px(y + ROW / 2.0), Px(x(high) + COLUMN)
                    )) {}
                }
                @for (offset, message) in it.shown(self.offsets) {
                    rect class=(it.class()) x=(Px(x(offset) + 1.0)) y=(Px(y + 1.0))
                        width=(COLUMN - 2.0) height=(ROW - 2.0) rx="2" {}
                    text class="small mid ink" x=(Px(x(offset) + COLUMN / 2.0)) y=(Px(y + 14.0)) {
                        (brief(message, 6))
                    }
                }
            }
        };
        document(right + 12.0, bottom + 12.0, &title, &content)
    }
}

impl<'h> Use<'h> {
    /// Reads a send or a poll, if it succeeded and concerns a key: `[:send k [offset message]]`, or
    /// `[:poll {k [[offset message] ...]}]`.
    fn of(call: &Call<'h>, key: &Value) -> Option<Self> {
        let completion = call.completion.filter(|it| it.kind == Kind::Ok)?;
        let mut entries = Vec::new();
        for operation in completion.value.items() {
            let parts: Vec<&Value> = operation.items().collect();
            match *parts {
                [f, of, sent] if f.name() == Some("send") && of == key => {
                    entries.extend(entry(sent));
                }
                [f, Value::Map(polled)] if f.name() == Some("poll") => {
                    let messages = polled.get(key).into_iter().flat_map(Value::items);
                    entries.extend(messages.filter_map(entry));
                }
                _ => {}
            }
        }
        let call = *call;
        (!entries.is_empty()).then_some(Self { call, entries })
    }

    fn range(&self) -> Option<[i64; 2]> {
        let offsets = self.entries.iter().map(|(offset, _)| *offset);
        Some([offsets.clone().min()?, offsets.max()?])
    }

    fn shown(&self, [from, to]: [i64; 2]) -> impl Iterator<Item = (i64, &'h Value)> {
        let entries = self.entries.iter().copied();
        entries.filter(move |(offset, _)| (from..=to).contains(offset))
    }

    fn class(&self) -> &'static str {
        if self.call.f() == "send" {
            "cell sent"
        } else {
            "cell"
        }
    }

    fn label(&self, run: &Run<'_>) -> String {
        let client = run.client(&self.call.invocation.process);
        let time = self.call.end().unwrap_or(self.call.start());
        format!("{time:.3} s, {client}: {}", self.call.f())
    }
}

/// Reads an offset and a message.
fn entry(pair: &Value) -> Option<(i64, &Value)> {
    let mut parts = pair.items();
    match (parts.next()?, parts.next()?) {
        (Value::Int(offset), message) => Some((offset.to()?, message)),
        _ => None,
    }
}

/// Returns the offsets of the messages that a case concerns.
fn concerned(case: &Value, uses: &[Use<'_>]) -> BTreeSet<i64> {
    let lists = ["values", "skipped"]
        .into_iter()
        .filter_map(|key| case.get(key));
    let mut messages: Vec<&Value> = lists.flat_map(Value::items).collect();
    messages.extend(case.get("value"));
    let entries = uses.iter().flat_map(|it| &it.entries);
    let entries = entries.filter(|(_, message)| messages.contains(message));
    let mut offsets: BTreeSet<i64> = entries.map(|(offset, _)| *offset).collect();
    if let Some(Value::Int(offset)) = case.get("offset") {
        offsets.extend(offset.to::<i64>());
    }
    offsets
}
