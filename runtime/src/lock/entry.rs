//! Entries: what is written once, and never changes.

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

/// How many entries a node keeps in memory, before it forgets them all and begins anew.
const KEPT: usize = 10_000;

/// The name of an entry of type `E`, made by [`Hold::put`](super::Hold::put). It is part of the
/// value that the lock protects, or of another entry.
///
/// ```
/// use mael::Lock;
/// use mael::lock::EntryId;
///
/// /// Reads the entry that the value names. Any node may, and no lock is taken.
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

/// The entries of one lock: keys of their own in the store, and what this node knows of them.
///
/// Both a [`Lock`](crate::Lock) and a [`Hold`](super::Hold) of it give access to them, by `as_ref`.
pub struct Entries {
    kv: Kv,
    /// The key of the lock.
    key: String,
    /// How many this start of the node has written.
    count: Cell<u64>,
    known: RefCell<BTreeMap<Rc<str>, Box<RawValue>>>,
}

impl Entries {
    pub(super) fn new(kv: Kv, key: String) -> Self {
        Self {
            kv,
            key,
            count: Cell::new(0),
            known: RefCell::default(),
        }
    }

    /// Writes an entry under a name that nobody has used: that of the holder, of its hold, and a
    /// number. So the write may be repeated until it is answered.
    pub(super) async fn put<E: Serialize>(&self, hold: &str, entry: &E) -> Result<EntryId<E>> {
        let count = self.count.get();
        self.count.set(count + 1);
        let id = EntryId::new(format!("{hold}-{count}"));
        let json = serde_json::value::to_raw_value(entry)
            .map_err(|error| Error::crash(format!("the entry has no form in JSON: {error}")))?;
        self.kv.write_until_answered(&self.path(&id), &json).await?;
        self.keep(&id, json);
        Ok(id)
    }

    /// An entry that was put by any holder. It is read from the store at most once.
    ///
    /// # Errors
    /// Code 13 when it is missing, or no `E`.
    pub async fn get<E: DeserializeOwned>(&self, id: &EntryId<E>) -> Result<E> {
        let known = self.known.borrow().get(&id.id).cloned();
        let json = match known {
            Some(json) => json,
            None => {
                let json = self.kv.read_raw(&self.path(id)).await?;
                let missing = || Error::crash(format!("the entry {id:?} is missing"));
                let json = json.ok_or_else(missing)?;
                self.keep(id, json.clone());
                json
            }
        };
        read_json(&json).map_err(|reason| {
            Error::crash(format!("the entry {id:?} is of another type: {reason}"))
        })
    }

    fn keep<E>(&self, id: &EntryId<E>, json: Box<RawValue>) {
        let mut known = self.known.borrow_mut();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(Rc::clone(&id.id), json);
    }

    fn path<E>(&self, id: &EntryId<E>) -> String {
        format!("{}/{}", self.key, id.id)
    }
}
