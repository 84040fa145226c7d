//! Transactions that read lists and append to them. A list reveals the order of the appends, so
//! nearly all dependencies between transactions can be inferred.

mod dependencies;
mod dirty_update;
mod internal;
mod version_order;

use mael_history::History;

use super::anomalies::Anomalies;
use super::datatype::Datatype;
use super::graph::Builder;
use super::key_steps::KeySteps;
use super::transactions::{self, Transactions};
use super::verdict::{self, Models};
use super::{aborted_read, future_read, garbage_read, intermediate_read, lost_update, order};
use crate::stricter::{Stricter, replies};
use crate::{Coverage, Verdict};

use dependencies::Explainer;
use version_order::VersionOrder;

/// Checks a history of transactions over lists against consistency models.
///
/// Source: page "Checkers", sections 9, 10 and 12.
pub fn check(history: &History, models: &[String]) -> Verdict {
    judge(history, models).unwrap_or_else(Verdict::unknown)
}

/// Returns how many operations of a history [`check`] judges.
pub fn coverage(history: &History) -> Coverage {
    transactions::coverage(history, Datatype::List)
}

fn judge(history: &History, models: &[String]) -> Result<Verdict, String> {
    let models = Models::new(models)?;
    let transactions = Transactions::read(history, Datatype::List)?;
    let mut anomalies = Anomalies::default();
    let mut stricter = Stricter::default();
    replies::check(history, replies::repeats_transaction, &mut stricter);
    let mut graph = Builder::new(transactions.list.len());
    let mut orders = Vec::with_capacity(transactions.keys.len());
    internal::find(&transactions, &mut anomalies);
    for steps in transactions.by_key().iter() {
        let key = KeySteps::new(&transactions, Datatype::List, steps);
        if let Some((newer, older)) = key.repeated_write() {
            return Err(format!(
                "{} and {} both appended {} to key {}: appended elements must be unique",
                key.label(older.transaction),
                key.label(newer.transaction),
                newer.value,
                key.key
            ));
        }
        let order = VersionOrder::of(&key);
        if order.is_certain {
            future_read::find_in_order(&key, &order.elements, &mut stricter);
        } else {
            version_order::find_contradictions(&key, &mut anomalies);
            garbage_read::find(&key, &mut stricter);
            future_read::find(&key, &mut stricter);
        }
        version_order::find_garbage(&key, &order, &mut anomalies);
        aborted_read::find(&key, &mut anomalies);
        intermediate_read::find(&key, &mut anomalies);
        dirty_update::find(&key, &order, &mut anomalies);
        lost_update::find(&key, &mut anomalies);
        dependencies::link(&key, &order, &mut graph);
        orders.push(order.elements);
    }
    order::link(&mut graph, &transactions, models.order());
    let explainer = Explainer {
        transactions: &transactions,
        orders,
    };
    let outcome = "no transaction could be checked against another";
    verdict::add_cycles(graph, &explainer, &mut anomalies, outcome);
    Ok(verdict::of_lists(anomalies, &models).with_stricter(stricter))
}
