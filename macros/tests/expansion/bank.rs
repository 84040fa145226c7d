//! A workload of operations and a check.

use std::collections::BTreeMap;

use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// Money moves between accounts, and the total never changes.
#[workload]
pub struct Bank {
    /// The number of accounts.
    #[arg(long, default_value_t = 5)]
    accounts: u64,
}

#[operations]
impl Bank {
    /// Moves `amount` from one account to another.
    #[operation(type = "transfer", weight = 2)]
    fn transfer(
        &self,
        #[draw(0..self.accounts)] from: u64,
        #[draw(0..self.accounts)] to: u64,
        #[draw(1..=5)] amount: i64,
    );

    /// Returns all balances at one time.
    #[operation(type = "read", reply = "balances", read_only, finally)]
    fn read(&self) -> BTreeMap<u64, i64>;

    /// The sum never changes.
    #[check]
    fn total(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let total = 10 * self.accounts.cast_signed();
        for call in history {
            if let Some(BankReply::ReadOk { balances }) = call.reply()
                && balances.values().sum::<i64>() != total
            {
                findings.add(
                    "total-changed",
                    format!("{call} does not add up to {total}"),
                );
            }
        }
        findings.into_verdict()
    }
}
