//! Panics of nodes, grouped by location.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use mael_history::Value;
use mael_history::text::counted;

/// The maximum length of a stored message, in characters.
const LONGEST: usize = 400;

/// The maximum number of distinct locations. Further panics are counted as at an unknown location.
const MOST_PLACES: usize = 100;

/// A panic of a node, or an uncaught error in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePanic {
    /// The name of the error in its language, such as "panic".
    pub noun: &'static str,
    /// The code that panicked, such as "the handler of `add`". Empty if unknown.
    pub activity: String,
    /// The location, as `file:line`. Empty if unknown.
    pub place: String,
    /// The message.
    pub text: String,
    /// The virtual time since all nodes were initialized.
    pub time: Option<Duration>,
}

/// Panics at one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicGroup {
    /// The number of panics of each node.
    pub nodes: BTreeMap<String, u64>,
    /// The node of the first panic.
    pub node: String,
    /// The first panic.
    pub first: NodePanic,
}

impl PanicGroup {
    /// Returns the number of panics.
    pub fn count(&self) -> u64 {
        self.nodes.values().sum()
    }
}

/// The panics of a run, by location. Only the first panic at each location is stored, with the
/// number of panics there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Panics {
    groups: BTreeMap<String, PanicGroup>,
}

impl Panics {
    /// Adds a panic of a node.
    pub(crate) fn add(&mut self, node: &str, mut panic: NodePanic) {
        let known = self.groups.contains_key(&panic.place);
        if !known && self.groups.len() >= MOST_PLACES {
            panic.place.clear();
        }
        let group = self.groups.entry(panic.place.clone()).or_insert_with(|| {
            if let Some((end, _)) = panic.text.char_indices().nth(LONGEST) {
                panic.text.truncate(end);
                panic.text.push('…');
            }
            PanicGroup {
                nodes: BTreeMap::new(),
                node: node.to_owned(),
                first: panic,
            }
        });
        *group.nodes.entry(node.to_owned()).or_default() += 1;
    }

    /// Subtracts `origin` from all times.
    pub(crate) fn since(mut self, origin: Duration) -> Self {
        for group in self.groups.values_mut() {
            let time = &mut group.first.time;
            *time = time.map(|time| time.saturating_sub(origin));
        }
        self
    }

    /// Whether there were no panics.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Returns the number of panics.
    pub fn count(&self) -> u64 {
        self.groups.values().map(PanicGroup::count).sum()
    }

    /// Returns the panics at each location.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &PanicGroup> {
        self.groups.values()
    }

    /// Describes the panics at each location in one line, the most frequent location first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut groups: Vec<&PanicGroup> = self.groups.values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count()));
        groups.into_iter().map(ToString::to_string).collect()
    }

    /// Returns the panics at each location as a value for the results.
    pub(crate) fn to_value(&self) -> Value {
        let groups = self.groups.values().map(|group| {
            let PanicGroup { nodes, first, .. } = group;
            let nodes = nodes.iter();
            let nodes = nodes.map(|(node, count)| (Value::from(node.as_str()), (*count).into()));
            Value::map([
                ("count", group.count().into()),
                ("place", first.place.as_str().into()),
                ("nodes", Value::Map(nodes.collect())),
                ("first", group.first().into()),
            ])
        });
        Value::List(groups.collect())
    }
}

impl PanicGroup {
    /// Describes the first panic.
    fn first(&self) -> String {
        let NodePanic {
            activity,
            text,
            time,
            ..
        } = &self.first;
        let of = match activity.as_str() {
            "" => String::new(),
            activity => format!(" in {activity}"),
        };
        let time = time.map(|time| format!(" after {:.3} ms", time.as_secs_f64() * 1e3));
        let time = time.unwrap_or_default();
        format!("on {}{time}{of}: {text}", self.node)
    }
}

impl fmt::Display for PanicGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", counted(self.count(), self.first.noun))?;
        if !self.first.place.is_empty() {
            write!(f, " at {}", self.first.place)?;
        }
        let nodes = self.nodes.iter();
        let nodes: Vec<String> = nodes
            .map(|(node, count)| format!("{node}: {count}"))
            .collect();
        write!(f, " ({}); the first {}", nodes.join(", "), self.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic(place: &str, text: &str) -> NodePanic {
        NodePanic {
            noun: "panic",
            activity: "the handler of `add`".to_owned(),
            place: place.to_owned(),
            text: text.to_owned(),
            time: Some(Duration::from_micros(1500)),
        }
    }

    #[test]
    fn panics_are_grouped_by_location_regardless_of_their_messages() {
        let mut panics = Panics::default();
        panics.add("n1", panic("a.rs:7", "number 1"));
        panics.add("n0", panic("b.rs:1", "oh"));
        panics.add("n0", panic("a.rs:7", "number 2"));
        assert_eq!(panics.count(), 3);
        assert_eq!(
            panics.lines(),
            [
                "2 panics at a.rs:7 (n0: 1, n1: 1); the first on n1 after 1.500 ms in the handler \
                 of `add`: number 1",
                "1 panic at b.rs:1 (n0: 1); the first on n0 after 1.500 ms in the handler of \
                 `add`: oh",
            ]
        );
    }

    #[test]
    fn long_messages_are_truncated() {
        let mut panics = Panics::default();
        panics.add("n0", panic("a.rs:7", &"é".repeat(100_000)));
        let text = &panics.groups().next().unwrap().first.text;
        assert_eq!(text.chars().count(), LONGEST + 1);
    }
}
