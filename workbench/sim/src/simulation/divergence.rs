//! Runs of one seed that are not the same, and what to look for then.

use std::fmt;

use mael::NodeId;
use mael_history::Operation;
use mael_history::net::Event;
use serde_json::value::RawValue;

use super::journaled::{Journaled, Line};
use super::{Plan, Simulate, Simulated};
use crate::Options;

/// The most characters of one version of a message or operation that are shown.
const LONGEST: usize = 400;

/// How many characters are shown before the first one that differs, where not all are.
const BEFORE: usize = 100;

/// Two runs of one seed that were not the same, so that nothing that they show can be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// What differs first.
    pub kind: Diverging,
    /// Its place, counted from 0, among the events of the journal or the operations.
    pub index: usize,
    /// The node that did something else, where that can be told.
    pub node: Option<String>,
    /// What the first run has there; None if it has nothing more.
    pub first: Option<String>,
    /// What the second run has there; None if it has nothing more.
    pub second: Option<String>,
}

/// What can differ between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diverging {
    /// A message, when it was sent or received.
    Message,
    /// An operation of a client, when it began or ended.
    Operation,
}

/// Runs the plan of a run again, or else its seed, and compares. A run that kept no journal is
/// compared by its operations alone; a third run is made then, so that the second and the third, which
/// keep theirs, can be compared by their messages. So of a node that sends other messages only in the
/// first run of a process, and none that its clients notice, nothing is told.
pub(crate) fn of(
    simulation: &dyn Simulate,
    run: &Simulated,
    plan: Option<&Plan>,
) -> Option<Divergence> {
    let quiet = |options: &Options| Options {
        log_net_send: false,
        log_net_recv: false,
        ..options.clone()
    };
    let again = || match plan {
        Some(Plan { options, script }) => {
            let (options, script) = (quiet(options), script.clone());
            simulation.play(&Plan { options, script }, true)
        }
        None => simulation.run_test(quiet(&simulation.options_of(run.seed)), true),
    };
    let second = again();
    if !run.journal.is_empty() {
        return compare(run, &second);
    }
    // Messages say more than operations, and only runs after the first have kept them.
    compare(&second, &again()).or_else(|| compare(run, &second))
}

/// The first difference between two runs: of messages if both have kept their journal, else of
/// operations.
pub(crate) fn compare<'a>(first: &'a Simulated, second: &'a Simulated) -> Option<Divergence> {
    if !first.journal.is_empty() && !second.journal.is_empty() {
        let difference = first_difference(lines(first), lines(second));
        if let Some((index, first, second)) = difference {
            return Some(Divergence::of_messages(index, first, second));
        }
    }
    let operations = |run: &'a Simulated| run.record.history.0.iter();
    let difference = first_difference(operations(first), operations(second));
    difference.map(|(index, first, second)| Divergence::of_operations(index, first, second))
}

/// The lines of a journal.
fn lines(run: &Simulated) -> impl Iterator<Item = &[u8]> {
    run.journal.split(|byte| *byte == b'\n')
}

/// The first place where two sequences differ, and what they have there.
fn first_difference<T: PartialEq>(
    mut first: impl Iterator<Item = T>,
    mut second: impl Iterator<Item = T>,
) -> Option<(usize, Option<T>, Option<T>)> {
    for index in 0.. {
        match (first.next(), second.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => return Some((index, a, b)),
        }
    }
    None
}

impl Divergence {
    fn of_messages(index: usize, first: Option<&[u8]>, second: Option<&[u8]>) -> Self {
        let (first, second) = (first.and_then(Told::read), second.and_then(Told::read));
        let node = first
            .iter()
            .chain(&second)
            .find_map(|told| told.sender.clone());
        Self {
            kind: Diverging::Message,
            index,
            node,
            first: first.map(|told| told.text),
            second: second.map(|told| told.text),
        }
    }

    fn of_operations(index: usize, first: Option<&Operation>, second: Option<&Operation>) -> Self {
        let text =
            |operation| serde_json::to_string(operation).expect("operations have a form in JSON");
        Self {
            kind: Diverging::Operation,
            index,
            node: None,
            first: first.map(text),
            second: second.map(text),
        }
    }
}

/// An event of the journal, for a person.
struct Told {
    text: String,
    /// The node that sends the message, if that is the event.
    sender: Option<String>,
}

impl Told {
    /// Reads a line of a journal; the last one is empty.
    fn read(line: &[u8]) -> Option<Self> {
        let line: Line<&RawValue> = serde_json::from_slice(line).ok()?;
        let Journaled {
            src, dest, body, ..
        } = line.message;
        let (seconds, nanos) = (line.time / 1_000_000_000, line.time % 1_000_000_000);
        let what = match line.r#type {
            Event::Send => format!("{src} sends {dest} {body}"),
            Event::Recv => format!("{dest} receives from {src} {body}"),
        };
        let is_node = line.r#type == Event::Send && !NodeId::from(src.as_str()).is_client();
        Some(Self {
            text: format!("{seconds}.{nanos:09} s: {what}"),
            sender: is_node.then_some(src),
        })
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Diverging::Message => "message",
            Diverging::Operation => "operation",
        };
        let (first, second) = (self.first.as_deref(), self.second.as_deref());
        let common = common_prefix(first.unwrap_or_default(), second.unwrap_or_default());
        let [first, second] = [first, second].map(|version| match version {
            Some(text) => window(text, common),
            None => "nothing more".to_owned(),
        });
        writeln!(
            f,
            "two runs of it are not the same, so that it can't be replayed"
        )?;
        writeln!(
            f,
            "the first {what} that differs, after {} alike:",
            self.index
        )?;
        writeln!(f, "  first run:  {first}")?;
        writeln!(f, "  second run: {second}")?;
        let node = self.node.as_deref();
        write!(
            f,
            "what {} does there does not follow from the seed; look for",
            node.unwrap_or("a node")
        )?;
        CAUSES
            .iter()
            .try_for_each(|cause| write!(f, "\n  - {cause}"))
    }
}

/// How many bytes two texts have in common at their beginning, up to a border between characters.
fn common_prefix(first: &str, second: &str) -> usize {
    let mut alike = first.char_indices().zip(second.chars());
    let differs = alike.find(|((_, a), b)| a != b);
    differs.map_or(first.len().min(second.len()), |((index, _), _)| index)
}

/// A text, or if it is long the part of it around a place.
fn window(text: &str, place: usize) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let begin = text.floor_char_boundary(place.saturating_sub(BEFORE));
    let end = text.floor_char_boundary(begin + LONGEST);
    let dots = |cut| if cut { "…" } else { "" };
    format!(
        "{}{}{}",
        dots(begin > 0),
        &text[begin..end],
        dots(end < text.len())
    )
}

/// What makes a node do something else under the same seed. Each is described in
/// `mael::guide::simulation`.
const CAUSES: [&str; 7] = [
    "the order of a HashMap or HashSet, which is drawn anew for each (use BTreeMap, BTreeSet)",
    "std::time::SystemTime or Instant, which are not virtual (use mael::time)",
    "randomness outside the seed: rand, fastrand, RandomState (use mael::random)",
    "tokio::select! without `biased;`",
    "a static, a thread_local! or whatever else outlives a run (use a field of the node)",
    "threads, files, the environment",
    "addresses of values that are printed, hashed or compared",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_shown_where_it_differs() {
        let (first, second) = ("é".repeat(1000) + "a", "é".repeat(1000) + "b");
        let place = common_prefix(&first, &second);
        assert_eq!(place, 2000);
        let shown = window(&first, place);
        assert!(shown.starts_with('…') && shown.ends_with("éa"), "{shown}");
    }

    #[test]
    fn a_sequence_that_is_longer_differs_at_the_others_end() {
        let difference = first_difference([1, 2].iter(), [1, 2, 3].iter());
        assert_eq!(difference, Some((2, None, Some(&3))));
        assert_eq!(first_difference([1].iter(), [1].iter()), None);
    }
}
