//! Immutable entries, stored in addition to the value of a lock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::kv::Kv;
use crate::protocol::read_json;
use crate::{Error, Result};

/// How many entries a node caches before it clears the cache.
const MAX_CACHED: usize = 10_000;

/// The ID of an immutable entry of type `E`, returned by
/// [`Transaction::put`](super::Transaction::put). Store it in the value that the lock protects, or
/// in another entry.
///
/// ```
/// use mael::Lock;
/// use mael::lock::EntryId;
///
/// /// Reads the entry that the value refers to, without acquiring the lock.
/// async fn newest(lock: &Lock<Option<EntryId<String>>>) -> mael::Result<Option<String>> {
///     match lock.peek().await? {
///         Some(id) => Ok(Some(lock.get(&id).await?)),
///         None => Ok(None),
///     }
/// }
/// ```
pub struct EntryId<E> {
    id: Rc<str>,
    entry: PhantomData<fn() -> E>,
}

impl<E> EntryId<E> {
    fn new(id: String) -> Self {
        Self {
            id: id.into(),
            entry: PhantomData,
        }
    }
}

impl<E> Clone for EntryId<E> {
    fn clone(&self) -> Self {
        Self {
            id: Rc::clone(&self.id),
            entry: PhantomData,
        }
    }
}

impl<E> fmt::Debug for EntryId<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl<E> PartialEq for EntryId<E> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<E> Eq for EntryId<E> {}

impl<E> Serialize for EntryId<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id)
    }
}

impl<'de, E> Deserialize<'de> for EntryId<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// The entries of one lock, each with its own key in the store, and a cache on this node.
///
/// Both [`Lock`](crate::Lock) and [`Transaction`](super::Transaction) implement `AsRef<Entries>`.
pub struct Entries {
    kv: Kv,
    /// The key of the lock.
    key: String,
    /// How many entries this node has written since it started.
    count: Cell<u64>,
    cache: RefCell<BTreeMap<Rc<str>, Box<RawValue>>>,
}

impl Entries {
    pub(super) fn new(kv: Kv, key: String) -> Self {
        Self {
            kv,
            key,
            count: Cell::new(0),
            cache: RefCell::default(),
        }
    }

    /// Writes an entry under an ID that was never used before, made of the transaction's ID and a
    /// number. So the write can be repeated until it is answered.
    pub(super) async fn put<E: Serialize>(
        &self,
        transaction_id: &str,
        entry: &E,
    ) -> Result<EntryId<E>> {
        let count = self.count.get();
        self.count.set(count + 1);
        let id = EntryId::new(format!("{transaction_id}-{count}"));
        let json = serde_json::value::to_raw_value(entry)
            .map_err(|error| Error::crash(format!("the entry can't be serialized: {error}")))?;
        self.kv.write_until_answered(&self.key(&id), &json).await?;
        self.insert_into_cache(&id, json);
        Ok(id)
    }

    /// Reads an entry, whichever node has written it. A cached entry is not read from the store.
    ///
    /// # Errors
    /// Returns error 13 if the entry does not exist, or can't be deserialized to `E`.
    pub async fn get<E: DeserializeOwned>(&self, id: &EntryId<E>) -> Result<E> {
        let cached = self.cache.borrow().get(&id.id).cloned();
        let json = match cached {
            Some(json) => json,
            None => {
                let json = self.kv.read_raw(&self.key(id)).await?;
                let missing = || Error::crash(format!("the entry {id:?} does not exist"));
                let json = json.ok_or_else(missing)?;
                self.insert_into_cache(id, json.clone());
                json
            }
        };
        read_json(&json)
            .map_err(|reason| Error::crash(format!("the entry {id:?} can't be read: {reason}")))
    }

    fn insert_into_cache<E>(&self, id: &EntryId<E>, json: Box<RawValue>) {
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(Rc::clone(&id.id), json);
    }

    fn key<E>(&self, id: &EntryId<E>) -> String {
        format!("{}/{}", self.key, id.id)
    }
}
