//! A state that is made of a log, and outlives the node with it.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Stored, StoredLog};
use crate::Result;
use crate::node::{Field, FromInit, Init};

/// A state that changes by entries of a log, and by nothing else: neither by time nor by chance.
pub trait Machine: Clone + Default + Serialize + DeserializeOwned {
    /// An entry of the log.
    type Entry: Clone + PartialEq + Serialize + DeserializeOwned;

    /// What comes of applying one.
    type Outcome: Clone;

    /// Applies an entry.
    fn apply(&mut self, entry: &Self::Entry) -> Self::Outcome;
}

/// A state after some entries of its log, in place of these.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Snapshot<M: Machine> {
    /// How many entries it is made of.
    pub index: usize,
    /// The last of them, if there are any.
    pub last: Option<M::Entry>,
    /// The state that they make.
    pub state: M,
}

// Deriving it would ask for a `Default` of the entries.
impl<M: Machine> Default for Snapshot<M> {
    fn default() -> Self {
        Self {
            index: 0,
            last: None,
            state: M::default(),
        }
    }
}

/// A state machine that outlives the node: a [`StoredLog`], to which it dereferences, and the state
/// that those entries make which have been [applied](Self::apply_up_to).
///
/// An entry need not be applied when it is in the log; before that it may be replaced, as in the log
/// of a replicated machine. Each time that `KEPT` entries have been applied, a [`Snapshot`] of the
/// state is stored, and after that the log forgets the entries up to the snapshot before. So it keeps
/// at most twice `KEPT` entries that were applied, and at least the last `KEPT` of those that were
/// applied since it went on from [another node's snapshot](Self::install), if ever.
///
/// As a field of a node it starts with the last snapshot: what has been applied since is in the log,
/// to be applied again. Snapshot and log are kept under the field's name, or its `#[key("...")]`.
///
/// ```
/// use mael::Machine;
/// use mael::prelude::*;
///
/// #[mael::message]
/// #[derive(Clone, Default)]
/// struct Account {
///     balance: i64,
/// }
///
/// impl Machine for Account {
///     type Entry = i64;
///     type Outcome = i64;
///
///     /// Pays in or out, and gives the balance.
///     fn apply(&mut self, amount: &i64) -> i64 {
///         self.balance += amount;
///         self.balance
///     }
/// }
///
/// #[node]
/// struct Bank {
///     account: StoredMachine<Account>,
/// }
///
/// #[handlers]
/// impl Bank {
///     /// Applies what had been paid before the node was killed.
///     #[init]
///     fn recover(&self) -> mael::Result<()> {
///         self.account.apply_up_to(self.account.last_index())
///     }
///
///     #[handler(reply = "balance")]
///     fn pay(&self, amount: i64) -> mael::Result<Option<i64>> {
///         let payment = self.account.push(amount)?;
///         self.account.apply_up_to(payment)?;
///         Ok(self.account.outcome(payment))
///     }
/// }
/// ```
pub struct StoredMachine<M: Machine, const KEPT: usize = 1000> {
    log: StoredLog<M::Entry>,
    snapshot: Stored<Snapshot<M>>,
    state: RefCell<M>,
    applied: Cell<usize>,
    /// Of the entries that were applied in this start of the node, by their indices, until the log
    /// forgets them.
    outcomes: RefCell<BTreeMap<usize, M::Outcome>>,
}

impl<M: Machine, const KEPT: usize> Deref for StoredMachine<M, KEPT> {
    type Target = StoredLog<M::Entry>;

    fn deref(&self) -> &Self::Target {
        &self.log
    }
}

impl<M: Machine, const KEPT: usize> StoredMachine<M, KEPT> {
    /// Up to which index entries have been applied.
    pub fn applied(&self) -> usize {
        self.applied.get()
    }

    /// The state that they make. Don't hold it across an `.await`, nor while entries are applied.
    pub fn state(&self) -> Ref<'_, M> {
        self.state.borrow()
    }

    /// What came of the entry of this index; None if it has not been applied in this start of the
    /// node, or is forgotten.
    pub fn outcome(&self, index: usize) -> Option<M::Outcome> {
        self.outcomes.borrow().get(&index).cloned()
    }

    /// A copy of the entry of this index, be it in the log or the last one of the snapshot that the
    /// log begins behind.
    pub fn entry(&self, index: usize) -> Option<M::Entry> {
        if let Some(entry) = self.log.get(index) {
            return Some(entry.clone());
        }
        let snapshot = self.snapshot.borrow();
        let is_followed = self.log.first_index() - 1 == snapshot.index;
        let last = is_followed.then(|| snapshot.last.clone()).flatten();
        last.filter(|_| index == snapshot.index)
    }

    /// Applies the entries up to this index, of those that there are, which must not be replaced from
    /// then on.
    ///
    /// # Errors
    /// Code 13 when a snapshot was due, and can't be written. The entries that it is made of are
    /// applied all the same, those behind them are not.
    pub fn apply_up_to(&self, index: usize) -> Result<()> {
        for next in self.applied() + 1..=index {
            let outcome = match self.log.get(next) {
                Some(entry) => self.state.borrow_mut().apply(&entry),
                None => break,
            };
            self.outcomes.borrow_mut().insert(next, outcome);
            self.applied.set(next);
            self.compact()?;
        }
        Ok(())
    }

    /// Stores a snapshot when it is due. Only after that may what is in it be forgotten.
    fn compact(&self) -> Result<()> {
        let (before, index) = (self.snapshot.borrow().index, self.applied());
        if index < before + KEPT {
            return Ok(());
        }
        let (last, state) = (self.entry(index), self.state().clone());
        self.snapshot.set(Snapshot { index, last, state })?;
        self.log.drop_up_to(before)?;
        self.outcomes
            .borrow_mut()
            .retain(|index, _| *index > before);
        Ok(())
    }

    /// The last snapshot.
    pub fn snapshot(&self) -> Snapshot<M> {
        self.snapshot.get()
    }

    /// Goes on from a snapshot of the same machine on another node, unless as much has been applied
    /// here. If the log has the snapshot's last entry, what follows it stays; otherwise the log is
    /// void, and begins anew behind it.
    ///
    /// # Errors
    /// Code 13 when it can't be written.
    pub fn install(&self, snapshot: Snapshot<M>) -> Result<()> {
        if snapshot.index <= self.applied() {
            return Ok(());
        }
        self.snapshot.set(snapshot)?;
        self.restore()
    }

    /// Goes on from the snapshot that is stored. The node may have been killed before the log was
    /// made to fit it.
    fn restore(&self) -> Result<()> {
        let Snapshot { index, last, state } = self.snapshot.get();
        let follows = self.log.first_index() - 1 == index;
        if !follows && self.log.get(index).as_deref() != last.as_ref() {
            self.log.restart(index)?;
        }
        self.state.replace(state);
        self.applied.set(index);
        Ok(())
    }
}

impl<M: Machine, const KEPT: usize> FromInit for StoredMachine<M, KEPT> {
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        const { assert!(KEPT > 0, "a snapshot replaces at least one entry") };
        let machine = Self {
            log: FromInit::from_init(init, field)?,
            snapshot: FromInit::from_init(init, field)?,
            state: RefCell::default(),
            applied: Cell::new(0),
            outcomes: RefCell::default(),
        };
        machine.restore()?;
        Ok(machine)
    }
}
