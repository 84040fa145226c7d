//! Dependencies between transactions, by the lists that they read and append to.
//!
//! Sources: Adya's thesis, section 3.1 (read, write and anti-dependencies); page "Checkers",
//! sections 9 and 10.

use mael_history::Value;

use super::super::explain::{Explain, Reason};
use super::super::graph::{Builder, Dependency, Node};
use super::super::key_steps::KeySteps;
use super::super::path_search::Step;
use super::super::transactions::{Function, MicroOperation, Transactions};
use super::version_order::{VersionOrder, list};

/// Adds the dependencies by one key.
///
/// An append that was never observed is only known to come after all observed ones.
pub(crate) fn link(key: &KeySteps<'_, '_>, order: &VersionOrder<'_>, graph: &mut Builder) {
    let mut observed = vec![false; key.writes.len()];
    let mut writers = Vec::with_capacity(order.elements.len());
    for element in &order.elements {
        let write = key.newest_write(element);
        if let Some(write) = write {
            observed[write] = true;
        }
        let writer = write.map(|write| key.writes[write].transaction);
        writers.push(writer.filter(|writer| key.transactions.is_possible(*writer)));
    }
    let unobserved: Vec<Node> = (key.writes.iter().zip(observed))
        .filter(|(write, observed)| !observed && key.transactions.is_possible(write.transaction))
        .map(|(write, _)| write.transaction)
        .collect();
    let unobserved = graph.gather(&unobserved);
    // The writers of the next element after each number of elements.
    let next = |elements: usize| -> &[Node] {
        match writers.get(elements) {
            Some(writer) => writer.as_slice(),
            None => &unobserved,
        }
    };
    for (position, writer) in writers.iter().enumerate() {
        if let Some(writer) = writer {
            graph.link_all(&[*writer], next(position + 1), Dependency::Ww);
        }
    }
    for read in key.reads() {
        let shown = list(read);
        let Some(last) = shown.last() else {
            graph.link_all(&[read.transaction], next(0), Dependency::Rw);
            continue;
        };
        let position = if order.is_certain {
            Some(shown.len() - 1)
        } else {
            order.elements.iter().position(|element| *element == last)
        };
        let writer = match position {
            Some(position) => writers[position],
            None => {
                let mut writes = key.writes_of(last).map(|write| write.transaction);
                writes.find(|writer| key.transactions.is_possible(*writer))
            }
        };
        if let Some(writer) = writer {
            graph.link(writer, read.transaction, Dependency::Wr);
        }
        if let Some(position) = position {
            graph.link_all(&[read.transaction], next(position + 1), Dependency::Rw);
        }
    }
}

/// Elle's name of a key's state before the first append.
const INITIAL: &str = "elle.list-append/init";

/// Explains dependencies.
pub(crate) struct Explainer<'t, 'h> {
    /// The transactions.
    pub(crate) transactions: &'t Transactions<'h>,
    /// The order of each key's elements.
    pub(crate) orders: Vec<Vec<&'h Value>>,
}

impl<'h> Explainer<'_, 'h> {
    /// Returns the element before that of an append, or before all unobserved ones; `None` for the
    /// initial state.
    fn before(&self, append: &MicroOperation<'_>) -> Option<&'h Value> {
        let order = &self.orders[append.key as usize];
        let position = order.iter().position(|element| *element == append.value);
        let before = position.unwrap_or(order.len()).checked_sub(1)?;
        Some(order[before])
    }

    fn is_reason(&self, step: Step, from: &MicroOperation<'h>, to: &MicroOperation<'h>) -> bool {
        let functions = (from.function, to.function);
        from.key == to.key
            && match (step.dependency, functions) {
                (Dependency::Ww, (Function::Write, Function::Write)) => {
                    self.before(to) == Some(from.value)
                }
                (Dependency::Wr, (Function::Write, Function::Read)) => {
                    list(to).last() == Some(from.value)
                }
                (Dependency::Rw, (Function::Read, Function::Write)) => {
                    list(from).last() == self.before(to)
                }
                _ => false,
            }
    }
}

impl<'h> Explain<'h> for Explainer<'_, 'h> {
    fn transactions(&self) -> &Transactions<'h> {
        self.transactions
    }

    fn reason(&self, step: Step) -> Option<Reason<'h>> {
        let (from_steps, to_steps) = (
            self.transactions.steps(step.from),
            self.transactions.steps(step.to),
        );
        let pairs = to_steps
            .iter()
            .flat_map(|to| from_steps.iter().map(move |from| (from, to)));
        let (from, to) = { pairs }.find(|(from, to)| self.is_reason(step, from, to))?;
        let value = match from.function {
            Function::Write => Some(from.value),
            Function::Read => list(from).last(),
        };
        Some(Reason {
            key: self.transactions.keys[to.key as usize],
            value: value.cloned().unwrap_or(Value::keyword(INITIAL)),
            next: (to.function == Function::Write).then(|| to.value.clone()),
            from_position: from.position,
            to_position: to.position,
        })
    }

    fn words(&self, step: Step, reason: &Reason<'h>, from: &str, to: &str) -> String {
        let Reason { key, value, .. } = reason;
        let next = reason.next.clone().unwrap_or_default();
        match step.dependency {
            Dependency::Ww => {
                format!("{to} appended {next} to key {key} after {from} had appended {value}")
            }
            Dependency::Wr => format!("{to} saw that {from} appended {value} to key {key}"),
            _ => format!("{from} did not see that {to} appended {next} to key {key}"),
        }
    }
}
