//! A distributed mutex that stores the value it protects.
//!
//! One key of `lin-kv` holds the lock's owner, the number of its changes, and the value. Acquiring
//! the lock is one compare-and-set. Committing a new value and releasing the lock is one more, or
//! the same one if the closure of [`Lock::update`] never waits. So a holder whose lease has
//! expired, and that another node has taken over, can't change the value any more, which a lock
//! *beside* the data could not guarantee. [`protocol`] explains why.
//!
//! Data that is too large for the value is written as an immutable entry by [`Transaction::put`],
//! and referenced from the value. Any node can cache entries, and an entry of a transaction that
//! was lost is never referenced.

mod coordinator;
mod entry;
mod fairness;
mod map;
pub mod protocol;
mod register;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kv::Kv;
use crate::node::{Field, FromInit, Init};
use crate::time::Duration;
use crate::{Result, random};
use coordinator::{CommitOutcome, Coordinator};
use register::{Owner, RegisterStore};

pub use entry::{Entries, EntryId};
pub use map::Map;

/// How long a node can hold a lock before others take it over, unless `#[lease(...)]` sets another
/// time. It is long enough for a few round trips at a latency of 100 ms.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(2);

/// A distributed mutex that protects a value of type `T`.
///
/// As a field of a node it is set when the node starts. Its key in `lin-kv` is the field's name, or
/// the one that `#[key("...")]` on the field sets. `#[lease(ms = ...)]` sets the lease.
///
/// ```
/// use mael::Lock;
/// use mael::prelude::*;
///
/// #[node]
/// struct Counter {
///     total: Lock<u64>,
/// }
///
/// #[handlers]
/// impl Counter {
///     #[handler(type = "add")]
///     async fn add(&self, delta: u64) -> mael::Result<()> {
///         self.total
///             .update(async |total, _| {
///                 *total += delta;
///                 Ok(())
///             })
///             .await
///     }
///
///     #[handler(type = "read", reply = "value")]
///     async fn read(&self) -> mael::Result<u64> {
///         self.total.peek().await
///     }
/// }
/// ```
///
/// # Expired leases
/// A node that waits for the lock takes it over once it has seen the same holder for a whole lease
/// on its own clock. So, unless messages are lost, a holder that is killed or paused delays each
/// waiting node by at most a lease, one back-off (100 ms) and one round trip, counted from when
/// that node first saw the lock held. [`Lock::peek`] is not delayed.
///
/// A holder that continues after it was taken over finds that it has lost the lock: its change was
/// not and will not be visible, and its callers run again. Leases are not renewed, so this happens
/// whenever a transaction takes longer than the lease while other nodes are waiting. Choose a lease
/// of several times the duration of a transaction, which is two round trips and the time for which
/// the callers themselves wait.
///
/// # Cost
/// A transaction in which no caller waits is one compare-and-set, for all callers that share it;
/// one in which a caller waits is two. A node reads the register first if another node had changed
/// it the last time, and reads it and tries again if another node changes it meanwhile.
///
/// # Fairness
/// Callers on one node share a transaction: at most 128 of them, and none that comes after half a
/// lease. A node whose callers never stop yields the lock to other nodes for a round trip and 105
/// ms, or two round trips and 5 ms if that is longer: after half a lease or, once the lock is
/// contended, after every 100 ms. While n nodes always request the lock, each acquires it about
/// every n (200 ms + 3 round trips), or n times 4 or 5 round trips if these take long. If that is
/// longer than a handler's deadline (4.5 s by default), its callers get error 0 (timeout).
pub struct Lock<T>(Rc<Inner<T>>);

struct Inner<T> {
    entries: Rc<Entries>,
    store: Rc<RegisterStore<T>>,
    coordinator: Rc<Coordinator<T>>,
}

impl<T> Clone for Lock<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned + 'static> Lock<T> {
    fn new(kv: &Kv, key: String, me: Owner, lease: Duration) -> Self {
        let store = Rc::new(RegisterStore::new(kv.clone(), key.clone(), me, lease));
        Self(Rc::new(Inner {
            entries: Rc::new(Entries::new(kv.clone(), key)),
            coordinator: Rc::new(Coordinator::new(Rc::clone(&store))),
            store,
        }))
    }

    /// Runs `change` on the value, and returns its result once the value is committed.
    ///
    /// **`change` can run more than once**: it runs again on the newest value if another node has
    /// changed the value in between, or has taken the lock over before the commit. Only the last
    /// run changes the value, but any other side effects of `change` must be idempotent.
    ///
    /// No other node can change the value while `change` waits: the lock is acquired before its
    /// first `.await` that has to wait continues. If `change` never waits, the lock is acquired,
    /// the value changed and the lock released by one compare-and-set after it has returned.
    ///
    /// Callers on one node run one after the other and share a transaction. Each starts from the
    /// value that the previous one left. If `change` returns an error, panics or is dropped, its
    /// own change of the value is discarded.
    ///
    /// Dropping the future after `change` has returned does not cancel the commit.
    ///
    /// # Errors
    /// Returns the errors of `change`; error 0 if it is unknown whether the change was committed,
    /// because the reply was lost and 16 other nodes have committed since (it was committed once or
    /// not at all, so read the value before you try again); and error 13 if the key holds a value
    /// that is not a lock of this type.
    pub async fn update<R>(
        &self,
        change: impl AsyncFn(&mut T, &Transaction) -> Result<R>,
    ) -> Result<R> {
        loop {
            let grant = self.0.coordinator.grant().await?;
            let mut value = grant.value.clone();
            let transaction = Transaction {
                id: grant.transaction_id.clone(),
                entries: Rc::clone(&self.0.entries),
            };
            let Some(result) = grant.run(change(&mut value, &transaction)).await? else {
                continue;
            };
            if result.is_err() {
                value = grant.value.clone();
            }
            match grant.finish(value).await {
                CommitOutcome::Committed => return result,
                CommitOutcome::Lost => {}
                CommitOutcome::Failed(error) => return Err(error),
            }
        }
    }

    /// Returns the last committed value, without waiting for a holder of the lock.
    ///
    /// # Errors
    /// Returns error 13 if the key holds a value that is not a lock of this type.
    pub async fn peek(&self) -> Result<T> {
        Ok(self.0.store.read().await?.register.value)
    }

    /// Returns a value that was the last committed one at some time at most `age` ago: a cached one
    /// if it is recent enough, otherwise that of [`peek`](Self::peek). It is never older than any
    /// value that this node has read or committed before.
    ///
    /// # Errors
    /// Returns error 13 if the key holds a value that is not a lock of this type.
    pub async fn peek_within(&self, age: Duration) -> Result<T> {
        self.0.store.value_within(age).await
    }

    /// Reads an entry, whichever node has written it. A cached entry is not read from the store.
    ///
    /// # Errors
    /// Returns error 13 if the entry does not exist, or can't be deserialized to `E`.
    pub async fn get<E: DeserializeOwned>(&self, id: &EntryId<E>) -> Result<E> {
        self.0.entries.get(id).await
    }
}

impl<T> AsRef<Entries> for Lock<T> {
    fn as_ref(&self) -> &Entries {
        &self.0.entries
    }
}

/// A running transaction of a lock, passed to the closure of [`Lock::update`].
///
/// It writes data that is too large for the value as immutable entries.
///
/// ```
/// use mael::Lock;
/// use mael::lock::EntryId;
/// use mael::prelude::*;
///
/// /// A list of pages, each of which is an entry.
/// #[mael::message]
/// #[derive(Clone, Default)]
/// struct Pages {
///     last: Option<EntryId<Page>>,
/// }
///
/// #[mael::message]
/// struct Page {
///     text: String,
///     before: Option<EntryId<Page>>,
/// }
///
/// async fn append(pages: &Lock<Pages>, text: &str) -> mael::Result<()> {
///     pages
///         .update(async |pages, tx| {
///             let before = pages.last.take();
///             let page = Page { text: text.to_owned(), before };
///             pages.last = Some(tx.put(&page).await?);
///             Ok(())
///         })
///         .await
/// }
/// ```
pub struct Transaction {
    /// Made of the owner and the epoch.
    id: Rc<str>,
    entries: Rc<Entries>,
}

impl Transaction {
    /// Writes an immutable entry, and returns its ID. Other nodes can find the entry once its ID is
    /// committed, in the value or in another entry.
    ///
    /// # Errors
    /// Returns error 13 if the entry can't be serialized.
    pub async fn put<E: Serialize>(&self, entry: &E) -> Result<EntryId<E>> {
        self.entries.put(&self.id, entry).await
    }

    /// Reads an entry. A cached entry is not read from the store.
    ///
    /// # Errors
    /// Returns error 13 if the entry does not exist, or can't be deserialized to `E`.
    pub async fn get<E: DeserializeOwned>(&self, id: &EntryId<E>) -> Result<E> {
        self.entries.get(id).await
    }
}

impl AsRef<Entries> for Transaction {
    fn as_ref(&self) -> &Entries {
        &self.entries
    }
}

/// A lock for each key of type `K`.
///
/// As a field of a node it is set when the node starts. The lock of a key has the key
/// `<field>/<key>` in `lin-kv`, where `<field>` is the field's name, or the one that
/// `#[key("...")]` on it sets. `#[lease(ms = ...)]` sets the lease of all locks.
///
/// ```
/// use mael::Locks;
/// use mael::prelude::*;
///
/// #[node]
/// struct Accounts {
///     #[lease(ms = 500)]
///     balances: Locks<String, i64>,
/// }
///
/// #[handlers]
/// impl Accounts {
///     #[handler(type = "withdraw", reply = "balance")]
///     async fn withdraw(&self, account: String, amount: i64) -> mael::Result<i64> {
///         self.balances
///             .of(&account)
///             .update(async |balance, _| {
///                 if *balance < amount {
///                     let text = "insufficient funds";
///                     return Err(mael::Error::new(ErrorCode::PreconditionFailed, text));
///                 }
///                 *balance -= amount;
///                 Ok(*balance)
///             })
///             .await
///     }
/// }
/// ```
pub struct Locks<K, T> {
    kv: Kv,
    prefix: &'static str,
    me: Owner,
    lease: Duration,
    locks: RefCell<BTreeMap<String, Lock<T>>>,
    key: PhantomData<fn(&K)>,
}

impl<K: Display, T: Clone + Default + Serialize + DeserializeOwned + 'static> Locks<K, T> {
    /// Returns the lock of a key.
    pub fn of(&self, key: &K) -> Lock<T> {
        let key = format!("{}/{key}", self.prefix);
        let mut locks = self.locks.borrow_mut();
        if let Some(lock) = locks.get(&key) {
            return lock.clone();
        }
        let lock = Lock::new(&self.kv, key.clone(), self.me.clone(), self.lease);
        locks.insert(key, lock.clone());
        lock
    }
}

fn owner(init: &Init) -> Owner {
    Owner {
        node: init.node_id.clone(),
        nonce: format!("{:016x}", random::u64()),
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned + 'static> FromInit for Lock<T> {
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        let kv = Kv::new(init.net().clone(), "lin-kv");
        let lease = field.lease().unwrap_or(DEFAULT_LEASE);
        Ok(Self::new(&kv, field.key().to_owned(), owner(init), lease))
    }
}

impl<K, T> FromInit for Locks<K, T> {
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        Ok(Self {
            kv: Kv::new(init.net().clone(), "lin-kv"),
            prefix: field.key(),
            me: owner(init),
            lease: field.lease().unwrap_or(DEFAULT_LEASE),
            locks: RefCell::default(),
            key: PhantomData,
        })
    }
}
