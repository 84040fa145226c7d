//! The realtime order and the process order of transactions.

use mael_history::{Kind, PairEvent};
use rustc_hash::FxHashMap;

use super::graph::{Builder, Dependency, Node};
use super::transactions::Transactions;

/// An order of transactions in addition to that of their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Realtime order.
    Realtime,
    /// The order of each process.
    Process,
}

/// Adds an order to a graph.
pub(crate) fn link(graph: &mut Builder, transactions: &Transactions<'_>, order: Option<Order>) {
    match order {
        Some(Order::Realtime) => {
            let events = transactions.events.iter().copied();
            link_realtime(graph, events, |transaction| transactions.kind(transaction));
        }
        Some(Order::Process) => link_processes(graph, transactions),
        None => {}
    }
}

/// Links completed transactions to those that were invoked later. A transaction of unknown outcome
/// precedes none.
pub(crate) fn link_realtime(
    graph: &mut Builder,
    events: impl IntoIterator<Item = PairEvent>,
    kind: impl Fn(Node) -> Kind,
) {
    let mut last: Option<Node> = None;
    // The transactions that have completed since that junction.
    let mut ended = Vec::new();
    for event in events {
        match event {
            PairEvent::Completion(transaction) if kind(transaction) == Kind::Ok => {
                ended.push(transaction);
            }
            PairEvent::Invocation(transaction)
                if matches!(kind(transaction), Kind::Ok | Kind::Info) =>
            {
                if !ended.is_empty() {
                    let next = graph.junction();
                    for earlier in last.into_iter().chain(ended.drain(..)) {
                        graph.link(earlier, next, Dependency::Realtime);
                    }
                    last = Some(next);
                }
                if let Some(last) = last {
                    graph.link(last, transaction, Dependency::Realtime);
                }
            }
            _ => {}
        }
    }
}

/// Links each successful transaction to the next of its process.
fn link_processes(graph: &mut Builder, transactions: &Transactions<'_>) {
    let mut last = FxHashMap::default();
    for event in &transactions.events {
        let PairEvent::Completion(transaction) = *event else {
            continue;
        };
        let operation = transactions.operation(transaction);
        if operation.kind == Kind::Ok {
            let before = last.insert(&operation.process, transaction);
            if let Some(before) = before {
                graph.link(before, transaction, Dependency::Process);
            }
        }
    }
}
