//! Which version of a key comes before which.
//!
//! Sources: Kingsbury and Alvaro, "Elle" (2020), section 5.2 (registers); page "Checkers",
//! section 11; Elle's `rw_register` for the orders that assume more of each key.

use mael_history::{Kind, Value};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::super::anomalies::{Anomalies, Case};
use super::super::filtered::FilteredGraph;
use super::super::graph::{Builder, Dependencies, Dependency};
use super::super::key_steps::KeySteps;
use super::super::tarjan::tarjan_scc;
use super::super::transactions::Function;
use super::external::External;

/// What the order of a register's versions is inferred from, beside that the initial state comes
/// first: Elle's options of these names.
///
/// Each is an assumption on the system. Where it does not hold, what follows from it is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct VersionSources {
    /// Within a transaction writes follow reads: a transaction that reads one version and writes
    /// another writes the later one. On by default, as in Maelstrom.
    pub wfr_keys: bool,
    /// Each key is sequentially consistent: the transactions of a process meet its versions in
    /// their order.
    pub sequential_keys: bool,
    /// Each key is linearizable: a transaction that begins after another has ended does not meet an
    /// earlier version.
    pub linearizable_keys: bool,
}

impl Default for VersionSources {
    fn default() -> Self {
        Self {
            wfr_keys: true,
            sequential_keys: false,
            linearizable_keys: false,
        }
    }
}

/// A version that comes after another, and the transactions that say so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Succession<'h> {
    pub(crate) before: &'h Value,
    pub(crate) after: &'h Value,
    /// The transaction that met the version before.
    from: u32,
    /// The one that met the version after: the same, if it read one and wrote the other.
    to: u32,
}

/// The versions of a key of which one is known to come after the other. That the initial state
/// comes before every version goes without saying. A source after which versions go in a circle is
/// left out, and the circle is an anomaly.
pub(crate) fn successions<'h>(
    key: &KeySteps<'_, 'h>,
    externals: &[External<'h>],
    sources: VersionSources,
    anomalies: &mut Anomalies,
) -> Vec<Succession<'h>> {
    let mut accepted = Vec::new();
    let mut names = vec!["initial-state"];
    let mut add = |name, successions: Vec<Succession<'h>>| {
        names.push(name);
        let start = accepted.len();
        accepted.extend(successions);
        let circles = circles(&accepted);
        if !circles.is_empty() {
            for circle in circles {
                anomalies.add("cyclic-versions", case(key, &accepted, circle, &names));
            }
            accepted.truncate(start);
            names.pop();
        }
    };
    if sources.wfr_keys {
        add("wfr-keys", by_updates(externals));
    }
    if sources.sequential_keys || sources.linearizable_keys {
        let meetings = Meeting::all(key);
        if sources.sequential_keys {
            add("sequential-keys", by_process(key, &meetings));
        }
        if sources.linearizable_keys {
            add("linearizable-keys", by_realtime(&meetings));
        }
    }
    accepted
}

/// Whoever read one version and wrote another wrote the later one.
fn by_updates<'h>(externals: &[External<'h>]) -> Vec<Succession<'h>> {
    let updates = externals.iter().filter_map(|external| {
        let (before, after) = external.update()?;
        Some(Succession {
            before,
            after,
            from: external.transaction,
            to: external.transaction,
        })
    });
    updates.collect()
}

/// A transaction that took effect, or may have, and the versions of a key that others know it to
/// have met.
struct Meeting<'h> {
    transaction: u32,
    /// The place of its begin in the history.
    invocation: usize,
    /// The place of its end, if it certainly took effect.
    completion: Option<usize>,
    /// The version that it met first.
    first: &'h Value,
    /// The version that it met last.
    last: &'h Value,
}

impl<'h> Meeting<'h> {
    /// Those with a key, in the order of their begins. One whose outcome is unknown met the version
    /// that it writes.
    fn all(key: &KeySteps<'_, 'h>) -> Vec<Self> {
        let by_transaction = key
            .steps
            .chunk_by(|step, next| step.transaction == next.transaction);
        let meetings = by_transaction.filter_map(|steps| {
            let transaction = steps[0].transaction;
            let kind = key.transactions.kind(transaction);
            let read =
                (steps[0].function == Function::Read && kind == Kind::Ok).then_some(steps[0].value);
            let write = steps.iter().rfind(|step| step.function == Function::Write);
            let write = write.map(|step| step.value);
            let seen = read.filter(|read| **read != Value::Nil);
            if kind == Kind::Fail {
                return None;
            }
            Some(Self {
                transaction,
                invocation: key.transactions.invocation(transaction).index,
                completion: (kind == Kind::Ok)
                    .then(|| key.transactions.operation(transaction).index),
                // Elle takes a transaction that read nil and wrote to have met what it wrote.
                first: seen.or(write).or(read)?,
                last: write.or(read)?,
            })
        });
        meetings.collect()
    }

    /// That another transaction came later. The same version again says nothing.
    fn then(&self, next: &Self) -> Option<Succession<'h>> {
        (self.last != next.first).then_some(Succession {
            before: self.last,
            after: next.first,
            from: self.transaction,
            to: next.transaction,
        })
    }
}

/// The transactions of a process that succeeded meet the versions in order: each next one of those
/// with the key.
fn by_process<'h>(key: &KeySteps<'_, 'h>, meetings: &[Meeting<'h>]) -> Vec<Succession<'h>> {
    let mut newest = FxHashMap::default();
    let succeeded = meetings
        .iter()
        .filter(|meeting| meeting.completion.is_some());
    let successions = succeeded.filter_map(|meeting| {
        let process = &key.transactions.operation(meeting.transaction).process;
        let before: Option<&Meeting<'h>> = newest.insert(process, meeting);
        before?.then(meeting)
    });
    successions.collect()
}

/// A transaction that begins after another has ended meets a later version, or the same. Those with
/// a third one in between follow from that one.
fn by_realtime<'h>(meetings: &[Meeting<'h>]) -> Vec<Succession<'h>> {
    // The first end of those from each place on.
    let mut first_end = vec![usize::MAX; meetings.len() + 1];
    for (place, meeting) in meetings.iter().enumerate().rev() {
        first_end[place] = first_end[place + 1].min(meeting.completion.unwrap_or(usize::MAX));
    }
    let mut successions = Vec::new();
    for meeting in meetings {
        let Some(completion) = meeting.completion else {
            continue;
        };
        let start = meetings.partition_point(|next| next.invocation < completion);
        let later = meetings[start..].iter();
        let direct = later.take_while(|next| next.invocation < first_end[start]);
        successions.extend(direct.filter_map(|next| meeting.then(next)));
    }
    successions
}

/// The circles in which versions follow each other.
fn circles<'h>(successions: &[Succession<'h>]) -> Vec<Vec<&'h Value>> {
    if successions.is_empty() {
        return Vec::new();
    }
    let mut numbers = FxHashMap::default();
    let mut values: Vec<&Value> = Vec::new();
    let mut number = |value: &'h Value| -> u32 {
        *numbers.entry(value).or_insert_with(|| {
            values.push(value);
            values.len() as u32 - 1
        })
    };
    let edges: Vec<(u32, u32)> = successions
        .iter()
        .map(|it| (number(it.before), number(it.after)))
        .collect();
    let initial = numbers.get(&Value::Nil).copied();
    let mut versions = Builder::new(values.len());
    for (before, after) in edges {
        versions.link(before, after, Dependency::Ww);
    }
    // The initial state comes before all others.
    for version in 0..values.len() as u32 {
        if let Some(initial) = initial.filter(|initial| *initial != version) {
            versions.link(initial, version, Dependency::Ww);
        }
    }
    let filtered = FilteredGraph {
        graph: &versions.build(),
        dependencies: Dependencies::of(&[Dependency::Ww]),
        nonadjacent: false,
    };
    let cyclic = tarjan_scc(&filtered).cyclic(&filtered);
    let circles = cyclic.iter();
    circles
        .map(|circle| circle.iter().map(|it| values[*it as usize]).collect())
        .collect()
}

impl Succession<'_> {
    /// Whether one transaction read the one version and wrote the other.
    pub(crate) fn is_update(&self) -> bool {
        self.from == self.to
    }

    fn explain(&self, key: &KeySteps<'_, '_>) -> String {
        let Self { before, after, .. } = self;
        let from = key.label(self.from);
        if self.is_update() {
            return format!("{from} read {before} and wrote {after}");
        }
        let to = key.label(self.to);
        format!("{from} met {before}, and after it {to} met {after}")
    }
}

fn case(
    key: &KeySteps<'_, '_>,
    successions: &[Succession<'_>],
    mut values: Vec<&Value>,
    sources: &[&'static str],
) -> Case {
    values.sort_unstable();
    let within = successions
        .iter()
        .filter(|it| values.contains(&it.before) && values.contains(&it.after));
    let explained: Vec<String> = within.clone().map(|it| it.explain(key)).collect();
    let first = within.map(|it| key.transactions.operation(it.from).index);
    let scc = values.iter().copied().cloned().collect();
    let sources = sources.iter().copied().map(Value::keyword);
    Case {
        index: first.min().unwrap_or(0),
        text: format!(
            "the versions of key {} follow each other in a circle: {}",
            key.key,
            explained.join("; ")
        ),
        value: Value::map([
            ("key", key.key.clone()),
            ("scc", Value::Set(scc)),
            ("sources", Value::List(sources.collect())),
        ]),
    }
}
