//! The order of a key's versions.
//!
//! Sources: Kingsbury and Alvaro, "Elle" (2020), section 5.2 (registers); page "Checkers", section
//! 11; Elle's `rw_register` for the orders that assume more about each key.

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

/// The sources of the order of a register's versions, in addition to the initial state being first.
/// They are Elle's options of these names.
///
/// Each is an assumption about the system. If it does not hold, anomalies that follow from it prove
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct VersionSources {
    /// Within a transaction writes follow reads: a transaction that reads one version and writes
    /// another writes the later one. On by default, as in Maelstrom.
    pub wfr_keys: bool,
    /// Each key is sequentially consistent: the transactions of a process read and write its
    /// versions in order.
    pub sequential_keys: bool,
    /// Each key is linearizable: a transaction that is invoked after another has completed does not
    /// read or write an earlier version.
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

/// A version that comes after another, and the transactions that prove it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Succession<'h> {
    pub(crate) before: &'h Value,
    pub(crate) after: &'h Value,
    /// The transaction that read or wrote the earlier version.
    from: u32,
    /// The transaction that read or wrote the later version: the same one if it read one and wrote
    /// the other.
    to: u32,
}

/// Returns the pairs of versions of a key whose order is known, except that the initial state comes
/// first. A source that makes the order cyclic is ignored, and the cycle is an anomaly.
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
        let version_cycles = version_cycles(&accepted);
        if !version_cycles.is_empty() {
            for cycle in version_cycles {
                anomalies.add("cyclic-versions", case(key, &accepted, cycle, &names));
            }
            accepted.truncate(start);
            names.pop();
        }
    };
    if sources.wfr_keys {
        add("wfr-keys", by_updates(externals));
    }
    if sources.sequential_keys || sources.linearizable_keys {
        let accesses = Access::all(key);
        if sources.sequential_keys {
            add("sequential-keys", by_process(key, &accesses));
        }
        if sources.linearizable_keys {
            add("linearizable-keys", by_realtime(&accesses));
        }
    }
    accepted
}

/// Returns the order that follows from updates: a transaction that read one version and wrote
/// another wrote the later one.
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

/// A transaction that took effect or may have taken effect, and the versions of a key that it
/// certainly read or wrote.
struct Access<'h> {
    transaction: u32,
    /// The index of its invocation in the history.
    invocation: usize,
    /// The index of its completion, if it certainly took effect.
    completion: Option<usize>,
    /// The first version that it read or wrote.
    first: &'h Value,
    /// The last version that it read or wrote.
    last: &'h Value,
}

impl<'h> Access<'h> {
    /// Returns the accesses to a key, in the order of their invocations. A transaction of unknown
    /// outcome accesses the version that it writes.
    fn all(key: &KeySteps<'_, 'h>) -> Vec<Self> {
        let by_transaction = key
            .steps
            .chunk_by(|step, next| step.transaction == next.transaction);
        let accesses = by_transaction.filter_map(|steps| {
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
                // For Elle, a transaction that read nil and wrote accesses only what it wrote.
                first: seen.or(write).or(read)?,
                last: write.or(read)?,
            })
        });
        accesses.collect()
    }

    /// Returns the order that follows if another transaction came later; `None` if both access the
    /// same version.
    fn then(&self, next: &Self) -> Option<Succession<'h>> {
        (self.last != next.first).then_some(Succession {
            before: self.last,
            after: next.first,
            from: self.transaction,
            to: next.transaction,
        })
    }
}

/// Returns the order that follows from processes: the successful transactions of each access the
/// versions of a key in order.
fn by_process<'h>(key: &KeySteps<'_, 'h>, accesses: &[Access<'h>]) -> Vec<Succession<'h>> {
    let mut newest = FxHashMap::default();
    let succeeded = accesses.iter().filter(|access| access.completion.is_some());
    let successions = succeeded.filter_map(|access| {
        let process = &key.transactions.operation(access.transaction).process;
        let before: Option<&Access<'h>> = newest.insert(process, access);
        before?.then(access)
    });
    successions.collect()
}

/// Returns the order that follows from realtime order: a transaction that is invoked after another
/// has completed accesses the same version or a later one. Pairs with a third transaction in
/// between are left out, since they follow from that one.
fn by_realtime<'h>(accesses: &[Access<'h>]) -> Vec<Succession<'h>> {
    // The earliest completion of the accesses from each index on.
    let mut earliest_completion = vec![usize::MAX; accesses.len() + 1];
    for (place, access) in accesses.iter().enumerate().rev() {
        earliest_completion[place] =
            earliest_completion[place + 1].min(access.completion.unwrap_or(usize::MAX));
    }
    let mut successions = Vec::new();
    for access in accesses {
        let Some(completion) = access.completion else {
            continue;
        };
        let start = accesses.partition_point(|next| next.invocation < completion);
        let later = accesses[start..].iter();
        let direct = later.take_while(|next| next.invocation < earliest_completion[start]);
        successions.extend(direct.filter_map(|next| access.then(next)));
    }
    successions
}

/// Returns the cycles of versions.
fn version_cycles<'h>(successions: &[Succession<'h>]) -> Vec<Vec<&'h Value>> {
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
    let version_cycles = cyclic.iter();
    version_cycles
        .map(|cycle| cycle.iter().map(|it| values[*it as usize]).collect())
        .collect()
}

impl Succession<'_> {
    /// Returns whether one transaction read the one version and wrote the other.
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
        format!("{from} accessed {before}, and after it {to} accessed {after}")
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
            "the versions of key {} form a cycle: {}",
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
