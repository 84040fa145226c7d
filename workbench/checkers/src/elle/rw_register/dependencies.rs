//! Dependencies between transactions, by the values that they read and write.
//!
//! Sources: Adya's thesis, section 3.1 (read, write and anti-dependencies); page "Checkers",
//! sections 9 and 11.

use mael_history::Value;
use rustc_hash::FxHashMap;

use super::super::anomalies::Anomalies;
use super::super::datatype::Datatype;
use super::super::explain::{Explain, Reason};
use super::super::graph::{Builder, Dependency, Node};
use super::super::key_steps::KeySteps;
use super::super::path_search::Step;
use super::super::transactions::{ByKey, Function, MicroOperation, Transactions};
use super::external::External;
use super::versions::{Succession, VersionSources, successions};

/// The transactions that read and wrote a version.
#[derive(Default)]
struct Version {
    readers: Vec<Node>,
    writers: Vec<Node>,
    /// The versions that come next.
    next: Vec<u32>,
}

/// The versions of a key.
#[derive(Default)]
struct Versions<'h> {
    numbers: FxHashMap<&'h Value, u32>,
    list: Vec<Version>,
}

impl<'h> Versions<'h> {
    fn number(&mut self, value: &'h Value) -> u32 {
        let list = &mut self.list;
        *self.numbers.entry(value).or_insert_with(|| {
            list.push(Version::default());
            list.len() as u32 - 1
        })
    }

    fn get_mut(&mut self, value: &'h Value) -> &mut Version {
        let number = self.number(value);
        &mut self.list[number as usize]
    }
}

/// Adds the dependencies by one key.
///
/// # Errors
/// Returns an error if several transactions wrote a value that was read, so that the writer is
/// ambiguous.
pub(crate) fn link<'h>(
    key: &KeySteps<'_, 'h>,
    externals: &[External<'h>],
    successions: &[Succession<'h>],
    graph: &mut Builder,
) -> Result<(), String> {
    let mut versions = Versions::default();
    for external in externals {
        if let Some(read) = external.read {
            versions.get_mut(read).readers.push(external.transaction);
        }
        if let Some(write) = external.write {
            versions.get_mut(write).writers.push(external.transaction);
        }
    }
    for external in externals {
        let Some(read) = external.read else {
            continue;
        };
        match versions.get_mut(read).writers[..] {
            [] => {}
            // The transaction read a value that it wrote later.
            [writer] if writer == external.transaction => {
                graph.link_to_itself(writer, Dependency::Wr);
            }
            [writer] => graph.link(writer, external.transaction, Dependency::Wr),
            [first, second, ..] => {
                return Err(format!(
                    "{} read {read} from key {}, which both {} and {} wrote: written values must be unique",
                    key.label(external.transaction),
                    key.key,
                    key.label(first),
                    key.label(second)
                ));
            }
        }
    }
    let written = externals.iter().filter(|external| external.write.is_some());
    let writers: Vec<Node> = written.map(|external| external.transaction).collect();
    let initial = &versions.get_mut(&Value::Nil).readers;
    graph.link_all(initial, &writers, Dependency::Rw);
    for Succession { before, after, .. } in successions {
        let after = versions.number(after);
        versions.get_mut(before).next.push(after);
    }
    link_successions(&mut versions.list, graph);
    Ok(())
}

/// Adds the dependencies that follow from the order of versions.
fn link_successions(versions: &mut [Version], graph: &mut Builder) {
    // Nodes that lead to all writers of a version.
    let mut gathered: Vec<Option<Vec<Node>>> = vec![None; versions.len()];
    for version in versions.iter_mut() {
        version.next.sort_unstable();
        version.next.dedup();
    }
    for version in versions.iter() {
        let mut writers = Vec::new();
        for next in &version.next {
            let next = *next as usize;
            let nodes = gathered[next].get_or_insert_with(|| graph.gather(&versions[next].writers));
            writers.extend_from_slice(nodes);
        }
        graph.link_all(&version.writers, &writers, Dependency::Ww);
        graph.link_all(&version.readers, &writers, Dependency::Rw);
    }
}

/// Explains dependencies.
pub(crate) struct Explainer<'t, 'h> {
    /// The transactions.
    pub(crate) transactions: &'t Transactions<'h>,
    /// The micro-operations on each key.
    pub(crate) by_key: &'t ByKey<'h>,
    /// The sources of the order of versions.
    pub(crate) sources: VersionSources,
}

impl<'h> Explainer<'_, 'h> {
    /// Returns the external read and write of a key by a transaction.
    fn external(&self, transaction: u32, key: u32) -> Option<External<'h>> {
        let steps: Vec<MicroOperation<'h>> = self
            .transactions
            .steps(transaction)
            .iter()
            .filter(|step| step.key == key)
            .copied()
            .collect();
        let key = KeySteps::new(self.transactions, Datatype::Register, &steps);
        External::all(&key).pop()
    }

    /// Returns why one version of a key comes after another, if that is known; a transaction that
    /// read the one and wrote the other is preferred.
    fn succession(&self, key: u32, before: &Value, after: &Value) -> Option<Succession<'h>> {
        let key = KeySteps::new(self.transactions, Datatype::Register, self.by_key.of(key));
        let externals = External::all(&key);
        let all = successions(&key, &externals, self.sources, &mut Anomalies::default());
        let found = all
            .into_iter()
            .filter(|it| (it.before, it.after) == (before, after));
        found.min_by_key(|succession| !succession.is_update())
    }

    fn reason_by(&self, step: Step, key: u32) -> Option<Reason<'h>> {
        let from = self.external(step.from, key)?;
        let to = self.external(step.to, key)?;
        let (value, next) = match step.dependency {
            Dependency::Ww => (from.write?, to.write?),
            Dependency::Wr => (from.write?, to.read?),
            _ => (from.read?, to.write?),
        };
        let holds = match step.dependency {
            Dependency::Wr => value == next,
            Dependency::Rw if *value == Value::Nil => true,
            _ => self.succession(key, value, next).is_some(),
        };
        let functions = match step.dependency {
            Dependency::Ww => (Function::Write, Function::Write),
            Dependency::Wr => (Function::Write, Function::Read),
            _ => (Function::Read, Function::Write),
        };
        let position = |transaction, function, value: &Value| {
            let steps = self.transactions.steps(transaction);
            let found = steps
                .iter()
                .find(|step| step.key == key && step.function == function && step.value == value);
            found.map(|step| step.position)
        };
        holds.then_some(Reason {
            key: self.transactions.keys[key as usize],
            value: value.clone(),
            next: (functions.1 == Function::Write).then(|| next.clone()),
            from_position: position(step.from, functions.0, value)?,
            to_position: position(step.to, functions.1, next)?,
        })
    }
}

impl<'h> Explain<'h> for Explainer<'_, 'h> {
    fn transactions(&self) -> &Transactions<'h> {
        self.transactions
    }

    fn reason(&self, step: Step) -> Option<Reason<'h>> {
        let steps = self.transactions.steps(step.from).iter();
        steps
            .map(|from| from.key)
            .find_map(|key| self.reason_by(step, key))
    }

    fn words(&self, step: Step, reason: &Reason<'h>, from: &str, to: &str) -> String {
        let Reason { key, value, .. } = reason;
        let next = reason.next.clone().unwrap_or_default();
        let number = self.transactions.keys.iter().position(|it| it == key);
        let is_update = || {
            let succession = self.succession(number? as u32, value, &next)?;
            Some(succession.is_update())
        };
        match step.dependency {
            Dependency::Ww if is_update() == Some(false) => format!(
                "{from} wrote {value} to key {key}, and {to} wrote {next}, which is a later version"
            ),
            Dependency::Rw if *value != Value::Nil && is_update() == Some(false) => format!(
                "{from} read {value} from key {key}, and {to} wrote {next}, which is a later version"
            ),
            Dependency::Ww => format!(
                "{from} wrote {value} to key {key}, which a transaction read before {to} wrote {next}"
            ),
            Dependency::Wr => format!("{to} read {value} from key {key}, which {from} wrote"),
            _ => format!(
                "{from} read {value} from key {key}, so it did not see that {to} wrote {next}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_history::{HistoryBuilder, Kind};

    /// Returns the number of edges between transactions that read and write one key.
    fn edges(count: i32, read: impl Fn(i32) -> Value, write: impl Fn(i32) -> Value) -> usize {
        let mut builder = HistoryBuilder::default();
        for number in 0..count {
            let mut steps = Vec::new();
            for (function, value) in [("r", read(number)), ("w", write(number))] {
                if function == "r" || value != Value::Nil {
                    steps.push(Value::List(vec![Value::keyword(function), 1.into(), value]));
                }
            }
            builder.operation(0, Kind::Invoke, "txn", steps.clone());
            builder.operation(0, Kind::Ok, "txn", steps);
        }
        let transactions = Transactions::read(&builder.history, Datatype::Register).unwrap();
        let by_key = transactions.by_key();
        let key = KeySteps::new(&transactions, Datatype::Register, by_key.of(0));
        let externals = External::all(&key);
        let successions = successions(
            &key,
            &externals,
            VersionSources::default(),
            &mut Anomalies::default(),
        );
        let mut graph = Builder::new(transactions.list.len());
        link(&key, &externals, &successions, &mut graph).unwrap();
        graph.build().edge_count()
    }

    #[test]
    fn the_number_of_edges_is_linear_in_that_of_transactions() {
        let own = Value::from;
        let initial = |_| Value::Nil;
        let one = |_| Value::from(-1);
        // Half of them write distinct values, which the other half read and overwrite with the same
        // one.
        let read = |number: i32| match number % 2 {
            0 => Value::Nil,
            _ => Value::from(number - 1),
        };
        let write = |number: i32| match number % 2 {
            0 => Value::from(number),
            _ => Value::from(-1),
        };
        for count in [500, 1_000] {
            let shapes = [
                edges(count, |number| own(number + count), one),
                edges(count, initial, own),
                edges(count, initial, one),
                edges(count, one, own),
                edges(count, read, write),
            ];
            for edges in shapes {
                assert!((500..6 * count as usize).contains(&edges), "{shapes:?}");
            }
        }
    }
}
