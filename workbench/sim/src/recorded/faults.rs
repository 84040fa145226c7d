//! The faults of a run over time, according to its history.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mael_history::{Operation, Value};

use super::Journaled;

/// The cut links, and the nodes that are down or paused.
#[derive(Default)]
pub(crate) struct Faults {
    /// The cut links since each time, the earliest first: for each receiver, the senders whose
    /// messages don't reach it.
    cuts: VecDeque<(u64, BTreeMap<String, BTreeSet<String>>)>,
    down: BTreeSet<String>,
    paused: BTreeSet<String>,
}

/// The state of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeState {
    Up,
    Down,
    Paused,
}

/// How long a link was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Never,
    Partly,
    Always,
}

impl Faults {
    /// Applies an entry of the nemesis. Each action has two: the second contains its targets.
    pub(crate) fn apply(&mut self, time: u64, entry: &Operation) {
        match (&*entry.f, &entry.value) {
            ("start-partition", Value::List(isolated)) => {
                if let Some(Value::Map(unheard)) = isolated.last() {
                    let name = |value: &Value| value.name().unwrap_or_default().to_owned();
                    let unheard = unheard.iter();
                    let cut = unheard
                        .map(|(node, unheard)| (name(node), unheard.items().map(name).collect()));
                    self.cuts.push_back((time, cut.collect()));
                }
            }
            ("stop-partition", _) => self.cuts.push_back((time, BTreeMap::new())),
            (_, Value::Map(nodes)) => {
                for (node, done) in nodes {
                    self.change(node.name().unwrap_or_default(), done.name());
                }
            }
            // From now on, the nodes receive messages, such as `init`.
            ("start", _) => self.down.clear(),
            _ => {}
        }
    }

    fn change(&mut self, node: &str, done: Option<&str>) {
        match done {
            Some("killed") => {
                self.down.insert(node.to_owned());
                self.paused.remove(node);
            }
            Some("started") => {
                self.down.remove(node);
            }
            Some("paused") => {
                self.paused.insert(node.to_owned());
            }
            Some("resumed") => {
                self.paused.remove(node);
            }
            _ => {}
        }
    }

    /// Returns the current state of a node.
    pub(crate) fn state_of(&self, node: &str) -> NodeState {
        if self.down.contains(node) {
            NodeState::Down
        } else if self.paused.contains(node) {
            NodeState::Paused
        } else {
            NodeState::Up
        }
    }

    /// Returns how long the link of a message was cut between two times, of which the second is at
    /// most the current one.
    pub(crate) fn cut<B>(&self, message: &Journaled<B>, from: u64, to: u64) -> Cut {
        let mut is_cut = false;
        let mut seen = [false; 2];
        for (time, cut) in &self.cuts {
            if *time > to {
                break;
            }
            if *time > from {
                seen[usize::from(is_cut)] = true;
            }
            let unheard = cut.get(&message.dest);
            is_cut = unheard.is_some_and(|unheard| unheard.contains(&message.src));
        }
        seen[usize::from(is_cut)] = true;
        match seen {
            [_, false] => Cut::Never,
            [false, true] => Cut::Always,
            [true, true] => Cut::Partly,
        }
    }

    /// Forgets which links were cut until a time.
    pub(crate) fn forget_until(&mut self, time: u64) {
        while self.cuts.get(1).is_some_and(|(next, _)| *next <= time) {
            self.cuts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use mael_history::{Kind, Process};

    use super::*;

    fn nemesis(f: &'static str, value: &str) -> Operation {
        Operation {
            index: 0,
            time: 0,
            kind: Kind::Info,
            process: Process::Nemesis,
            f: f.into(),
            value: Value::from_edn(value).unwrap(),
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        }
    }

    fn message(src: &str, dest: &str) -> Journaled<()> {
        Journaled {
            id: 0,
            src: src.to_owned(),
            dest: dest.to_owned(),
            body: (),
        }
    }

    #[test]
    fn a_link_is_cut_from_a_partition_to_the_next_or_until_it_is_healed() {
        let mut faults = Faults::default();
        let n1_from_n2 = nemesis("start-partition", r#"[:isolated {"n1" #{"n2"}, "n2" #{}}]"#);
        faults.apply(10, &n1_from_n2);
        faults.apply(20, &nemesis("stop-partition", "nil"));
        faults.apply(20, &nemesis("stop-partition", ":network-healed"));
        let cut = |src, dest, from, to| faults.cut(&message(src, dest), from, to);
        assert_eq!(cut("n2", "n1", 1, 9), Cut::Never);
        assert_eq!(cut("n2", "n1", 1, 10), Cut::Partly);
        assert_eq!(cut("n2", "n1", 10, 19), Cut::Always);
        assert_eq!(cut("n2", "n1", 15, 25), Cut::Partly);
        assert_eq!(cut("n2", "n1", 20, 25), Cut::Never);
        assert_eq!(cut("n1", "n2", 1, 25), Cut::Never);
        faults.forget_until(15);
        assert_eq!(faults.cut(&message("n2", "n1"), 15, 19), Cut::Always);
    }

    #[test]
    fn a_node_is_down_until_it_starts_and_paused_until_it_is_resumed() {
        let mut faults = Faults::default();
        faults.apply(0, &nemesis("kill", ":one"));
        assert_eq!(faults.state_of("n1"), NodeState::Up);
        faults.apply(0, &nemesis("kill", r#"{"n1" :killed}"#));
        faults.apply(0, &nemesis("pause", r#"{"n2" :paused}"#));
        let states = |faults: &Faults| ["n1", "n2"].map(|node| faults.state_of(node));
        assert_eq!(states(&faults), [NodeState::Down, NodeState::Paused]);
        faults.apply(1, &nemesis("resume", r#"{"n1" :resumed, "n2" :resumed}"#));
        assert_eq!(states(&faults), [NodeState::Down, NodeState::Up]);
        faults.apply(2, &nemesis("start", ":all"));
        assert_eq!(states(&faults), [NodeState::Up; 2]);
        faults.apply(3, &nemesis("start", r#"{"n1" :killed}"#));
        assert_eq!(states(&faults), [NodeState::Down, NodeState::Up]);
    }
}
