//! Compares two runs of the same seed, which must be equal.

use std::fmt;

use mael::NodeId;
use mael_history::Operation;
use mael_history::net::Event;
use serde_json::value::RawValue;

use super::{ReplayPlan, Simulate, Simulated};
use crate::Options;
use crate::recorded::{Journaled, Line};

/// The maximum length of a message or operation in the report, in characters.
const LONGEST: usize = 400;

/// The number of characters shown before the first difference, if a text is truncated.
const BEFORE: usize = 100;

/// The first difference between two runs of the same seed. A node with a divergence is not
/// deterministic, so its failures can't be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The kind of the first event that differs.
    pub kind: Diverging,
    /// Its index among the events of the journal or the operations.
    pub index: usize,
    /// The node that behaved differently, if known.
    pub node: Option<String>,
    /// The event of the first run, or `None` if the run has ended.
    pub first: Option<String>,
    /// The event of the second run, or `None` if the run has ended.
    pub second: Option<String>,
}

/// A kind of event that can differ between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diverging {
    /// A message that was sent or received.
    Message,
    /// The invocation or completion of an operation.
    Operation,
}

/// Repeats a run, by its plan if there is one and otherwise by its seed, and compares both runs. A
/// run without a journal is compared only by its operations. In this case, the second and a third
/// run, which have journals, are compared by their messages. Therefore, a node that sends different
/// messages only in the first run of a process is not reported, unless its clients observe a
/// difference.
pub(crate) fn of(
    simulation: &dyn Simulate,
    run: &Simulated,
    plan: Option<&ReplayPlan>,
) -> Option<Divergence> {
    let quiet = |options: &Options| Options {
        log_net_send: false,
        log_net_recv: false,
        ..options.clone()
    };
    let again = || match plan {
        Some(ReplayPlan { options, schedule }) => {
            let (options, schedule) = (quiet(options), schedule.clone());
            simulation.play(&ReplayPlan { options, schedule }, true)
        }
        None => simulation.run_test(quiet(&simulation.options_of(run.seed)), true),
    };
    let second = again();
    if !run.journal.is_empty() {
        return compare(run, &second);
    }
    // Messages are more precise than operations, but the first run has no journal.
    compare(&second, &again()).or_else(|| compare(run, &second))
}

/// Returns the first difference between two runs: of messages if both have a journal, otherwise of
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

/// Returns the lines of a journal.
fn lines(run: &Simulated) -> impl Iterator<Item = &[u8]> {
    run.journal.split(|byte| *byte == b'\n')
}

/// Returns the first index at which two sequences differ, and their items there.
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
        let (first, second) = (
            first.and_then(JournalEvent::read),
            second.and_then(JournalEvent::read),
        );
        let node = first
            .iter()
            .chain(&second)
            .find_map(|event| event.sender.clone());
        Self {
            kind: Diverging::Message,
            index,
            node,
            first: first.map(|event| event.text),
            second: second.map(|event| event.text),
        }
    }

    fn of_operations(index: usize, first: Option<&Operation>, second: Option<&Operation>) -> Self {
        let text =
            |operation| serde_json::to_string(operation).expect("an operation can be serialized");
        Self {
            kind: Diverging::Operation,
            index,
            node: None,
            first: first.map(text),
            second: second.map(text),
        }
    }
}

/// An event of the journal, as reported.
struct JournalEvent {
    text: String,
    /// The sender of the message, if the event is that it was sent.
    sender: Option<String>,
}

impl JournalEvent {
    /// Parses a line of a journal. The last line is empty.
    fn read(line: &[u8]) -> Option<Self> {
        let line: Line<&RawValue> = serde_json::from_slice(line).ok()?;
        let Journaled {
            src, dest, body, ..
        } = line.message;
        let (seconds, nanos) = (line.time / 1_000_000_000, line.time % 1_000_000_000);
        let what = match line.r#type {
            Event::Send => format!("{src} sends to {dest}: {body}"),
            Event::Recv => format!("{dest} receives from {src}: {body}"),
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
            "the run is not deterministic: two runs with the same seed differ"
        )?;
        writeln!(
            f,
            "the first {what} that differs, after {} that are equal:",
            self.index
        )?;
        writeln!(f, "  first run:  {first}")?;
        writeln!(f, "  second run: {second}")?;
        let node = self.node.as_deref();
        write!(
            f,
            "the behavior of {} there does not only depend on the seed; common causes:",
            node.unwrap_or("a node")
        )?;
        CAUSES
            .iter()
            .try_for_each(|cause| write!(f, "\n  - {cause}"))
    }
}

/// Returns the length of the common prefix of two texts in bytes, which ends at a character
/// boundary.
fn common_prefix(first: &str, second: &str) -> usize {
    let mut alike = first.char_indices().zip(second.chars());
    let differs = alike.find(|((_, a), b)| a != b);
    differs.map_or(first.len().min(second.len()), |((index, _), _)| index)
}

/// Returns a text, or only the part around an index if it is long.
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

/// Common causes of a run that is not deterministic. The guide describes each, in
/// `docs/guide/src/simulation.md`.
const CAUSES: [&str; 7] = [
    "the order of a HashMap or HashSet, which is random for each (use BTreeMap, BTreeSet)",
    "std::time::SystemTime or Instant, which are not virtual (use mael::time)",
    "randomness outside the seed: rand, fastrand, RandomState (use mael::random)",
    "tokio::select! without `biased;`",
    "a static, a thread_local!, or other state that outlives a run (use a field of the node)",
    "threads, files, the environment",
    "printing, hashing or comparing the addresses of values",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_truncated_around_the_difference() {
        let (first, second) = ("é".repeat(1000) + "a", "é".repeat(1000) + "b");
        let place = common_prefix(&first, &second);
        assert_eq!(place, 2000);
        let shown = window(&first, place);
        assert!(shown.starts_with('…') && shown.ends_with("éa"), "{shown}");
    }

    #[test]
    fn a_longer_sequence_differs_at_the_end_of_the_shorter_one() {
        let difference = first_difference([1, 2].iter(), [1, 2, 3].iter());
        assert_eq!(difference, Some((2, None, Some(&3))));
        assert_eq!(first_difference([1].iter(), [1].iter()), None);
    }
}
