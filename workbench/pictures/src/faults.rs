//! When which faults were in effect.

use std::collections::BTreeMap;

use mael_history::{History, Operation, Process, Value};

use crate::calls::to_seconds;

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultKind {
    /// Links are cut.
    Partition,
    /// A node is not running.
    Kill,
    /// A node is paused.
    Pause,
}

/// A fault and its time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// The kind.
    pub(crate) kind: FaultKind,
    /// When it began, in seconds.
    pub(crate) from: f64,
    /// When it ended, in seconds; the end of the run if it never did.
    pub(crate) to: f64,
    /// The node that is killed or paused; none for a partition.
    pub(crate) node: Option<String>,
    /// For each node, those whose messages don't reach it.
    pub(crate) unheard: BTreeMap<String, Vec<String>>,
}

impl FaultKind {
    /// All kinds.
    pub(crate) const ALL: [Self; 3] = [Self::Partition, Self::Kill, Self::Pause];

    /// Returns the name, which is also the class in pictures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Partition => "partition",
            Self::Kill => "kill",
            Self::Pause => "pause",
        }
    }
}

impl Fault {
    /// Returns the faults of a history, which ends at `end` seconds, in the order of their starts.
    pub(crate) fn of(history: &History, end: f64) -> Vec<Self> {
        let mut faults = Faults::default();
        let actions = history.0.iter();
        for action in actions.filter(|it| it.process == Process::Nemesis) {
            faults.add(action);
        }
        let mut ended = faults.ended;
        ended.extend(
            faults
                .running
                .into_values()
                .map(|it| Self { to: end, ..it }),
        );
        ended.sort_by(|a, b| a.from.total_cmp(&b.from));
        ended
    }

    /// Describes the fault in a sentence.
    pub(crate) fn describe(&self) -> String {
        let what = match (&self.node, self.kind) {
            (Some(node), FaultKind::Kill) => format!("{node} is killed"),
            (Some(node), _) => format!("{node} is paused"),
            (None, _) => {
                let cut = self.unheard.iter().map(|(node, unheard)| {
                    format!("{node} receives nothing from {}", unheard.join(", "))
                });
                let cut: Vec<String> = cut.collect();
                format!("partition: {}", cut.join("; "))
            }
        };
        format!("{what}, from {:.3} s to {:.3} s", self.from, self.to)
    }

    /// Returns the times at which a fault of this kind was in effect, in ascending order and
    /// without overlaps.
    pub(crate) fn union(faults: &[Self], kind: FaultKind) -> Vec<[f64; 2]> {
        let mut union = Vec::<[f64; 2]>::new();
        for fault in faults.iter().filter(|fault| fault.kind == kind) {
            match union.last_mut() {
                Some([_, to]) if fault.from <= *to => *to = to.max(fault.to),
                _ => union.push([fault.from, fault.to]),
            }
        }
        union
    }
}

/// The faults up to some entry of a history. Partitions replace each other.
#[derive(Default)]
struct Faults {
    running: BTreeMap<(FaultKind, Option<String>), Fault>,
    ended: Vec<Fault>,
}

impl Faults {
    /// Adds an action of the nemesis. Each is recorded twice: only the second entry has the
    /// outcome.
    fn add(&mut self, action: &Operation) {
        let time = to_seconds(action.time);
        match (&*action.f, &action.value) {
            ("start-partition", Value::List(isolated)) => {
                self.end(FaultKind::Partition, None, time);
                let unheard = isolated.last().map(unheard).unwrap_or_default();
                if !unheard.is_empty() {
                    self.begin(FaultKind::Partition, None, time, unheard);
                }
            }
            ("stop-partition", Value::Keyword(_)) => self.end(FaultKind::Partition, None, time),
            (_, Value::Map(nodes)) => {
                for (node, done) in nodes {
                    let node = node.name().map(str::to_owned);
                    match done.name() {
                        Some("killed") => {
                            self.begin(FaultKind::Kill, node, time, BTreeMap::new());
                        }
                        Some("paused") => {
                            self.begin(FaultKind::Pause, node, time, BTreeMap::new());
                        }
                        Some("started") => self.end(FaultKind::Kill, node, time),
                        Some("resumed") => self.end(FaultKind::Pause, node, time),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn begin(
        &mut self,
        kind: FaultKind,
        node: Option<String>,
        from: f64,
        unheard: BTreeMap<String, Vec<String>>,
    ) {
        let fault = Fault {
            kind,
            from,
            to: from,
            node: node.clone(),
            unheard,
        };
        // A node that is killed again has been down all the time.
        self.running.entry((kind, node)).or_insert(fault);
    }

    fn end(&mut self, kind: FaultKind, node: Option<String>, to: f64) {
        let ended = self.running.remove(&(kind, node));
        self.ended.extend(ended.map(|fault| Fault { to, ..fault }));
    }
}

/// Reads the cut links of a partition: for each node, those whose messages don't reach it.
fn unheard(value: &Value) -> BTreeMap<String, Vec<String>> {
    let Value::Map(nodes) = value else {
        return BTreeMap::new();
    };
    let names = |value: &Value| {
        value
            .items()
            .filter_map(Value::name)
            .map(str::to_owned)
            .collect()
    };
    let links = nodes.iter().filter_map(|(node, unheard)| {
        let unheard: Vec<String> = names(unheard);
        let node = node.name()?.to_owned();
        (!unheard.is_empty()).then_some((node, unheard))
    });
    links.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_lasts_from_its_outcome_to_that_of_its_end() {
        let history = History::from_edn(
            "{:process :nemesis, :type :info, :time 1000000000, :f :start-partition, :value :one}
             {:process :nemesis, :type :info, :time 3000000000, :f :start-partition,
              :value [:isolated {\"n1\" #{\"n2\"}, \"n2\" #{}}]}
             {:process :nemesis, :type :info, :time 4000000000, :f :kill, :value {\"n2\" :killed}}
             {:process :nemesis, :type :info, :time 4900000000, :f :stop-partition, :value nil}
             {:process :nemesis, :type :info, :time 5000000000, :f :stop-partition,
              :value :network-healed}
             {:process :nemesis, :type :info, :time 6000000000, :f :start,
              :value {\"n1\" :started, \"n2\" :started}}
             {:process :nemesis, :type :info, :time 7000000000, :f :pause,
              :value {\"n1\" :paused}}",
        );
        let faults = Fault::of(&history.unwrap(), 9.0);
        let texts: Vec<String> = faults.iter().map(Fault::describe).collect();
        assert_eq!(
            texts,
            [
                "partition: n1 receives nothing from n2, from 3.000 s to 5.000 s",
                "n2 is killed, from 4.000 s to 6.000 s",
                "n1 is paused, from 7.000 s to 9.000 s",
            ]
        );
    }
}
