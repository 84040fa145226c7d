//! Which transactions depend on which, by the values that they read and write.
//!
//! Sources: Adya's thesis, section 3.1 (read, write and anti-dependencies); page "Checkers",
//! sections 9 and 11.

use rustc_hash::FxHashMap;

use super::super::anomalies::Anomalies;
use super::super::datatype::Datatype;
use super::super::explain::{Explain, Reason};
use super::super::graph::{Builder, Dependency};
use super::super::key::Key;
use super::super::search::Step;
use super::super::transactions::{ByKey, Function, MicroOperation, Transactions};
use super::touch::Touch;
use super::versions::{Succession, VersionSources, successions};
use crate::Value;

/// Who read a version, and who wrote it.
#[derive(Default)]
struct Version {
    readers: Vec<u32>,
    writers: Vec<u32>,
}

/// Adds the dependencies by one key.
///
/// # Errors
/// When several transactions wrote a value that was read, so that it can't be told which is meant.
pub(crate) fn link<'h>(
    key: &Key<'_, 'h>,
    touches: &[Touch<'h>],
    successions: &[Succession<'h>],
    graph: &mut Builder,
) -> Result<(), String> {
    let mut versions: FxHashMap<&Value, Version> = FxHashMap::default();
    for touch in touches {
        if let Some(read) = touch.read {
            let version = versions.entry(read).or_default();
            version.readers.push(touch.transaction);
        }
        if let Some(write) = touch.write {
            let version = versions.entry(write).or_default();
            version.writers.push(touch.transaction);
        }
    }
    for touch in touches {
        let Some(read) = touch.read else {
            continue;
        };
        match versions[read].writers[..] {
            [] => {}
            // It read what it wrote only later.
            [writer] if writer == touch.transaction => {
                graph.link_to_itself(writer, Dependency::Wr);
            }
            [writer] => graph.link(writer, touch.transaction, Dependency::Wr),
            [first, second, ..] => {
                return Err(format!(
                    "{} read {read} from key {}, which both {} and {} wrote: where a value is not unique, nothing can be said of it",
                    key.label(touch.transaction),
                    key.key,
                    key.label(first),
                    key.label(second)
                ));
            }
        }
    }
    for Succession { before, after, .. } in successions {
        // What only a transaction of unknown outcome wrote has nobody to be linked.
        let (Some(before), Some(after)) = (versions.get(before), versions.get(after)) else {
            continue;
        };
        link_all(&before.writers, &after.writers, Dependency::Ww, graph);
        link_all(&before.readers, &after.writers, Dependency::Rw, graph);
    }
    if let Some(initial) = versions.get(&Value::Nil) {
        let written = touches.iter().filter(|touch| touch.write.is_some());
        let writers: Vec<u32> = written.map(|touch| touch.transaction).collect();
        link_all(&initial.readers, &writers, Dependency::Rw, graph);
    }
    Ok(())
}

fn link_all(from: &[u32], to: &[u32], dependency: Dependency, graph: &mut Builder) {
    for from in from {
        for to in to {
            graph.link(*from, *to, dependency);
        }
    }
}

/// Knows why the dependencies are there.
pub(crate) struct Explainer<'t, 'h> {
    /// The transactions.
    pub(crate) transactions: &'t Transactions<'h>,
    /// What they did to each key.
    pub(crate) by_key: &'t ByKey<'h>,
    /// What the order of versions was inferred from.
    pub(crate) sources: VersionSources,
}

impl<'h> Explainer<'_, 'h> {
    /// What a transaction shows of a key, and where it does.
    fn touch(&self, transaction: u32, key: u32) -> Option<Touch<'h>> {
        let steps: Vec<MicroOperation<'h>> = self
            .transactions
            .steps(transaction)
            .iter()
            .filter(|step| step.key == key)
            .copied()
            .collect();
        let key = Key::new(self.transactions, Datatype::Register, &steps);
        Touch::all(&key).pop()
    }

    /// Why one version of a key comes after another, if that is known: that somebody read the one
    /// and wrote the other comes first.
    fn succession(&self, key: u32, before: &Value, after: &Value) -> Option<Succession<'h>> {
        let key = Key::new(self.transactions, Datatype::Register, self.by_key.of(key));
        let touches = Touch::all(&key);
        let all = successions(&key, &touches, self.sources, &mut Anomalies::default());
        let found = all
            .into_iter()
            .filter(|it| (it.before, it.after) == (before, after));
        found.min_by_key(|succession| !succession.is_update())
    }

    fn reason_by(&self, step: Step, key: u32) -> Option<Reason<'h>> {
        let from = self.touch(step.from, key)?;
        let to = self.touch(step.to, key)?;
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
                "{from} wrote {value} to key {key}, and {to} wrote {next}, which came later in the order of its versions"
            ),
            Dependency::Rw if *value != Value::Nil && is_update() == Some(false) => format!(
                "{from} read {value} from key {key}, and {to} wrote {next}, which came later in the order of its versions"
            ),
            Dependency::Ww => format!(
                "{from} wrote {value} to key {key}, which somebody read before {to} wrote {next}"
            ),
            Dependency::Wr => format!("{to} read {value} from key {key}, which {from} wrote"),
            _ => format!(
                "{from} read {value} from key {key}, and so did not see that {to} wrote {next}"
            ),
        }
    }
}
