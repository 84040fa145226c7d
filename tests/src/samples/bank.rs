//! A bank: money moves between accounts, and the total never changes.

use mael::Error;
use mael::prelude::*;
use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// Money moves between accounts, and the total never changes.
#[workload]
pub struct Bank {
    /// The number of accounts.
    #[arg(long, default_value_t = 5)]
    accounts: u64,
}

/// The initial balance of each account.
const DEPOSIT: i64 = 10;

#[operations]
impl Bank {
    /// Moves `amount` from one account to another. If the balance is lower, the reply is error 22.
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

    /// The sum never changes, and no balance is negative.
    #[check]
    fn total(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let total = DEPOSIT * self.accounts.cast_signed();
        for call in history {
            let Some(BankReply::ReadOk { balances }) = call.reply() else {
                continue;
            };
            let sum: i64 = balances.values().sum();
            if sum != total {
                findings.add(
                    "total-changed",
                    format!("{call} adds up to {sum}, not to {total}"),
                );
            }
            if balances.values().any(|balance| *balance < 0) {
                findings.add("overdrawn", format!("{call} has a negative balance"));
            }
        }
        findings.into_verdict()
    }
}

/// A node that stores all balances in one key of lin-kv, and changes them by compare-and-set.
#[node]
pub struct LinKvBank {
    kv: LinKv,
}

#[handlers]
impl LinKvBank {
    #[handler(type = "transfer")]
    async fn transfer(&self, from: u64, to: u64, amount: i64) -> mael::Result<()> {
        loop {
            let stored = self.kv.read("bank").await?;
            let balances: BTreeMap<u64, i64> = stored.clone().unwrap_or_else(open);
            let mut after = balances.clone();
            let payer = after.entry(from).or_default();
            *payer -= amount;
            if *payer < 0 {
                return Err(Error::precondition_failed("the account has less"));
            }
            *after.entry(to).or_default() += amount;
            if self.kv.cas_or_create("bank", &balances, &after).await? {
                return Ok(());
            }
        }
    }

    #[handler(type = "read", reply = "balances")]
    async fn read(&self) -> mael::Result<BTreeMap<u64, i64>> {
        Ok(self.kv.read("bank").await?.unwrap_or_else(open))
    }
}

/// Returns the initial balances.
fn open() -> BTreeMap<u64, i64> {
    (0..5).map(|account| (account, DEPOSIT)).collect()
}

/// Incorrect: each account has its own key, so a read can see a transfer that is half done.
#[node]
pub struct AccountByAccount {
    kv: LinKv,
}

#[handlers]
impl AccountByAccount {
    #[handler(type = "transfer")]
    async fn transfer(&self, from: u64, to: u64, amount: i64) -> mael::Result<()> {
        let balance = self.kv.read(from.to_string()).await?.unwrap_or(DEPOSIT);
        if balance < amount {
            return Err(Error::precondition_failed("the account has less"));
        }
        let change = |by: i64| move |old: Option<i64>| old.unwrap_or(DEPOSIT) + by;
        self.kv.update(from.to_string(), change(-amount)).await?;
        self.kv.update(to.to_string(), change(amount)).await?;
        Ok(())
    }

    #[handler(type = "read", reply = "balances")]
    async fn read(&self) -> mael::Result<BTreeMap<u64, i64>> {
        let mut balances = BTreeMap::new();
        for account in 0..5 {
            let balance = self.kv.read(account.to_string()).await?;
            balances.insert(account, balance.unwrap_or(DEPOSIT));
        }
        Ok(balances)
    }
}
