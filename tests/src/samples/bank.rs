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
        #[draw(1..=10)] amount: i64,
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
                return Err(Error::precondition_failed("the balance is too low"));
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

/// Incorrect: it withdraws the money from one account and deposits it in the other in two steps, so
/// a read in between misses it.
#[node]
pub struct TwoStepBank {
    kv: LinKv,
}

#[handlers]
impl TwoStepBank {
    #[handler(type = "transfer")]
    async fn transfer(&self, from: u64, to: u64, amount: i64) -> mael::Result<()> {
        loop {
            let balances = self.kv.read("bank").await?.unwrap_or_else(open);
            let mut after = balances.clone();
            let payer = after.entry(from).or_default();
            *payer -= amount;
            if *payer < 0 {
                return Err(Error::precondition_failed("the balance is too low"));
            }
            if self.kv.cas_or_create("bank", &balances, &after).await? {
                break;
            }
        }
        let pay = |balances: Option<BTreeMap<u64, i64>>| {
            let mut balances = balances.unwrap_or_else(open);
            *balances.entry(to).or_default() += amount;
            balances
        };
        self.kv.update("bank", pay).await?;
        Ok(())
    }

    #[handler(type = "read", reply = "balances")]
    async fn read(&self) -> mael::Result<BTreeMap<u64, i64>> {
        Ok(self.kv.read("bank").await?.unwrap_or_else(open))
    }
}

/// Incorrect: it checks the balance that it has seen last, so two nodes can spend the same money.
#[node]
pub struct CachingBank {
    kv: LinKv,
    seen: RefCell<BTreeMap<u64, i64>>,
}

#[handlers]
impl CachingBank {
    #[handler(type = "transfer")]
    async fn transfer(&self, from: u64, to: u64, amount: i64) -> mael::Result<()> {
        let balance = self.seen.borrow().get(&from).copied();
        if balance.unwrap_or(DEPOSIT) < amount {
            return Err(Error::precondition_failed("the balance is too low"));
        }
        let change = |balances: Option<BTreeMap<u64, i64>>| {
            let mut balances = balances.unwrap_or_else(open);
            *balances.entry(from).or_default() -= amount;
            *balances.entry(to).or_default() += amount;
            balances
        };
        let after = self.kv.update("bank", change).await?;
        self.seen.replace(after);
        Ok(())
    }

    #[handler(type = "read", reply = "balances")]
    async fn read(&self) -> mael::Result<BTreeMap<u64, i64>> {
        Ok(self.kv.read("bank").await?.unwrap_or_else(open))
    }
}
