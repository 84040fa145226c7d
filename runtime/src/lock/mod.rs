//! A mutex over all nodes, whose data lives in the lock itself.
//!
//! One key of `lin-kv` holds who owns the lock, how often it has changed, and the value that it
//! protects. Acquiring it is one compare-and-set, and committing a new value and releasing it is
//! one more, or the same one if nobody has to wait in between; so a holder that was taken for dead and taken over cannot change anything any more,
//! which is what no lock *beside* the data could promise. [`protocol`] has the argument.
//!
//! What does not fit in the value is written once under a name of its own by [`Hold::put`], and
//! reached from the value. Such an entry never changes, so any node may keep it for ever, and an
//! entry whose hold was lost is reached by nobody.

mod entry;
mod keeper;
mod map;
pub mod protocol;
mod register;
mod turns;

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
use keeper::{Keeper, Outcome};
use register::{Owner, Store};

pub use entry::{Entries, EntryId};
pub use map::Map;

/// How long a node may hold a lock before others take it over, unless `#[lease(...)]` says
/// otherwise: long enough for a few round trips at a latency of 100 ms.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(2);

/// A mutex over all nodes, that protects a value of type `T`.
///
/// As a field of a node it is filled in when the node starts; its key in `lin-kv` is the field's
/// name, or what `#[key("...")]` on the field says. `#[lease(ms = ...)]` sets the lease.
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
///             .with(async |total, _| {
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
/// # A holder that dies or pauses
/// A node that waits, and has seen the same hold for a whole lease on its own clock, takes the
/// lock over. So a holder that is killed or paused costs each other node that wants the lock a
/// lease at most, one back-off (100 ms) and one round trip, counted from when that node first saw
/// the hold, unless messages are lost. [`Lock::peek`] goes on all the while.
///
/// A holder that goes on after that finds its hold lost: nothing of it was or will be seen, and
/// its callers run again. There is no renewal, so that is what comes of any hold that others wait
/// for and that takes longer than the lease. Choose a lease of several times what a hold takes,
/// which is two round trips and what the callers wait for themselves.
///
/// # What it costs
/// A hold in which nobody waits is one compare-and-set, for all callers that share it; one in which
/// somebody does is two. It is one read more for a node that knows that others have come in between
/// before, and a read and another attempt when others come in between meanwhile.
///
/// # Whose turn it is
/// The callers of a node share a hold, at most 128 of them and none who comes when half a lease is
/// over. A node whose callers never stop leaves the lock to others for a round trip and 105 ms, or
/// two round trips and 5 ms if that is longer, after half a lease, and after every 100 ms once others
/// have come in between. While n nodes always want it, each has its turn about every n (200 ms + 3
/// round trips), or n times 4 or 5 of them if they take long; if that is longer than a handler's
/// deadline (4.5 s unless the node says otherwise) its callers are told error 0.
pub struct Lock<T>(Rc<Inner<T>>);

struct Inner<T> {
    entries: Rc<Entries>,
    store: Rc<Store<T>>,
    keeper: Rc<Keeper<T>>,
}

impl<T> Clone for Lock<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned + 'static> Lock<T> {
    fn new(kv: &Kv, key: String, me: Owner, lease: Duration) -> Self {
        let store = Rc::new(Store::new(kv.clone(), key.clone(), me, lease));
        Self(Rc::new(Inner {
            entries: Rc::new(Entries::new(kv.clone(), key)),
            keeper: Rc::new(Keeper::new(Rc::clone(&store))),
            store,
        }))
    }

    /// Runs `change` on the value while no other node can, then commits what it made of it.
    ///
    /// Callers on one node share a hold, one after the other, each on what the one before left.
    /// What `change` did to the value is discarded, and nobody else's change is, if it returns an
    /// error, panics, or is dropped. If the hold is lost before its commit, `change` runs again on
    /// the newest value; so what it does besides must bear to be done again.
    ///
    /// As long as nobody has to wait in `change`, one compare-and-set does it all: it acquires the
    /// lock, changes the value and releases it. So `change` begins before the lock is acquired, on
    /// a value that may turn out to be old, in which case it runs again; from its first `.await`
    /// that has to wait, the lock is held.
    ///
    /// Once the future is dropped, a change that `change` has finished may still be committed.
    ///
    /// # Errors
    /// Those of `change`. Code 0 when it can't be told whether the change was committed, because 16
    /// others have committed since: it then is once, or not at all, so look at the value before you
    /// try again. Code 13 when the key holds
    /// something else than a lock of this type.
    pub async fn with<R>(&self, change: impl AsyncFn(&mut T, &Hold) -> Result<R>) -> Result<R> {
        loop {
            let turn = self.0.keeper.turn().await?;
            let mut value = turn.value.clone();
            let hold = Hold {
                name: turn.hold.clone(),
                entries: Rc::clone(&self.0.entries),
            };
            let Some(result) = turn.run(change(&mut value, &hold)).await? else {
                continue;
            };
            if result.is_err() {
                value = turn.value.clone();
            }
            match turn.finish(value).await {
                Outcome::Committed => return result,
                Outcome::Lost => {}
                Outcome::Failed(error) => return Err(error),
            }
        }
    }

    /// The last committed value, whoever holds the lock. Nobody waits for this, nor does it wait.
    ///
    /// # Errors
    /// Code 13 when the key holds something else.
    pub async fn peek(&self) -> Result<T> {
        Ok(self.0.store.read().await?.register.value)
    }

    /// A value that was the last committed one at some moment not longer than `age` ago: what this
    /// node knows, if that will do, and else what [`peek`](Self::peek) gives. It is never older
    /// than what the node has seen or committed before.
    ///
    /// # Errors
    /// Code 13 when the key holds something else.
    pub async fn peek_within(&self, age: Duration) -> Result<T> {
        self.0.store.value_within(age).await
    }

    /// An entry that was put by any holder. It is read from the store at most once.
    ///
    /// # Errors
    /// Code 13 when it is missing, or no `E`.
    pub async fn get<E: DeserializeOwned>(&self, id: &EntryId<E>) -> Result<E> {
        self.0.entries.get(id).await
    }
}

impl<T> AsRef<Entries> for Lock<T> {
    fn as_ref(&self) -> &Entries {
        &self.0.entries
    }
}

/// A lock that is held: what [`Lock::with`] hands to its closure beside the value.
///
/// What is too large for the value is put beside it, as an entry that never changes.
///
/// ```
/// use mael::Lock;
/// use mael::lock::EntryId;
/// use mael::prelude::*;
///
/// /// A list whose every page is an entry.
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
///         .with(async |pages, hold| {
///             let before = pages.last.take();
///             let page = Page { text: text.to_owned(), before };
///             pages.last = Some(hold.put(&page).await?);
///             Ok(())
///         })
///         .await
/// }
/// ```
pub struct Hold {
    /// The holder and the epoch of the hold.
    name: Rc<str>,
    entries: Rc<Entries>,
}

impl Hold {
    /// Writes an entry, once and for all, and gives its name. It can be reached only once that
    /// name is committed, in the value or in another entry that is.
    ///
    /// # Errors
    /// Code 13 when it has no form in JSON.
    pub async fn put<E: Serialize>(&self, entry: &E) -> Result<EntryId<E>> {
        self.entries.put(&self.name, entry).await
    }

    /// An entry that was put before. It is read from the store at most once.
    ///
    /// # Errors
    /// Code 13 when it is missing, or no `E`.
    pub async fn get<E: DeserializeOwned>(&self, id: &EntryId<E>) -> Result<E> {
        self.entries.get(id).await
    }
}

impl AsRef<Entries> for Hold {
    fn as_ref(&self) -> &Entries {
        &self.entries
    }
}

/// A lock for each key of type `K`.
///
/// As a field of a node it is filled in when the node starts. The lock of a key has the key
/// `<field>/<key>` in `lin-kv`, with the field's name or what `#[key("...")]` on it says.
/// `#[lease(ms = ...)]` sets the lease of all of them.
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
///             .with(async |balance, _| {
///                 if *balance < amount {
///                     return Err(mael::Error::new(ErrorCode::PreconditionFailed, "too little"));
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
    /// The lock of a key.
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
