//! Transactions that read and write registers. Only little of the version order can be inferred:
//! the initial state comes first, and writes follow reads. So some anomalies go undetected.
//! [`VersionSources`] are assumptions from which more of the order follows.

mod dependencies;
mod external;
mod internal;
mod versions;

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
use external::External;
pub use versions::VersionSources;

/// Checks a history of transactions over registers against consistency models, with the version
/// order inferred from `sources`.
///
/// Source: page "Checkers", sections 9, 11 and 12.
pub fn check(history: &History, models: &[String], sources: VersionSources) -> Verdict {
    judge(history, models, sources).unwrap_or_else(Verdict::unknown)
}

/// Returns how many operations of a history [`check`] judges.
pub fn coverage(history: &History) -> Coverage {
    transactions::coverage(history, Datatype::Register)
}

fn judge(history: &History, models: &[String], sources: VersionSources) -> Result<Verdict, String> {
    let models = Models::new(models)?;
    let transactions = Transactions::read(history, Datatype::Register)?;
    let by_key = transactions.by_key();
    let mut anomalies = Anomalies::default();
    let mut stricter = Stricter::default();
    replies::check(history, replies::repeats_transaction, &mut stricter);
    let mut graph = Builder::new(transactions.list.len());
    internal::find(&transactions, &mut anomalies);
    for steps in by_key.iter() {
        let key = KeySteps::new(&transactions, Datatype::Register, steps);
        let externals = External::all(&key);
        aborted_read::find(&key, &mut anomalies);
        intermediate_read::find(&key, &mut anomalies);
        lost_update::find(&key, &mut anomalies);
        garbage_read::find(&key, &mut stricter);
        future_read::find(&key, &mut stricter);
        let successions = versions::successions(&key, &externals, sources, &mut anomalies);
        dependencies::link(&key, &externals, &successions, &mut graph)?;
    }
    order::link(&mut graph, &transactions, models.order());
    let explainer = Explainer {
        transactions: &transactions,
        by_key: &by_key,
        sources,
    };
    let outcome = "no transaction could be checked against another, which Maelstrom counts as invalid for registers";
    verdict::add_cycles(graph, &explainer, &mut anomalies, outcome);
    Ok(verdict::of_registers(anomalies, &models).with_stricter(stricter))
}
