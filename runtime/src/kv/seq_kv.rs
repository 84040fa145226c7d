//! The sequentially consistent store.

use std::cell::Cell;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Kv;
use super::fresh::{Fresh, Probe};
use crate::node::{Field, FromInit, Init};
use crate::{Result, random};

/// A client of `seq-kv`: all requests have one order, but a read may be answered from the past.
///
/// A node never sees the store go back, and sees its own changes; but without changes of its own
/// it may be shown an old state again and again, even that a key does not exist which does. A read
/// that must be current goes through [`SeqKv::fresh`], for one round trip more.
///
/// As a field of a node it is filled in when the node starts.
///
/// ```
/// use mael::SeqKv;
/// use mael::prelude::*;
///
/// #[node]
/// struct Counter {
///     id: NodeId,
///     nodes: Nodes,
///     kv: SeqKv,
/// }
///
/// #[handlers]
/// impl Counter {
///     #[handler(type = "add")]
///     async fn add(&self, delta: u64) -> mael::Result<()> {
///         self.kv.update(&self.id, |mine: Option<u64>| mine.unwrap_or(0) + delta).await?;
///         Ok(())
///     }
///
///     #[handler(type = "read", reply = "value")]
///     async fn read(&self) -> mael::Result<u64> {
///         let newest = self.kv.fresh().await?;
///         let mut total = 0;
///         for node in self.nodes.iter() {
///             total += newest.read::<u64>(node).await?.unwrap_or(0);
///         }
///         Ok(total)
///     }
/// }
/// ```
#[derive(Clone)]
pub struct SeqKv {
    kv: Kv,
    probe: Rc<Probe>,
}

impl SeqKv {
    /// A value that the key has or had; None if it may not exist. Repeated until it is answered.
    ///
    /// # Errors
    /// Code 13 when the value is no `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.kv.read(&key).await
    }

    /// Brings this node to the newest state, and gives access to it: what is read there was
    /// current at some moment after this call began, or later.
    ///
    /// # Errors
    /// Those of the node's end; a lost message is sent again.
    pub async fn fresh(&self) -> Result<Fresh<'_>> {
        self.probe.advance(&self.kv).await?;
        Ok(Fresh::new(&self.kv))
    }

    /// Sets a key, whatever it was before. (The store may order a write of the value that the key
    /// had in the past into that past, where it changes nothing.)
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn write<T: Serialize>(&self, key: impl Serialize, value: &T) -> Result<()> {
        self.kv.write(&key, value).await
    }

    /// Sets a key to `to` if it is `from`: true if it was. False if it is another or does not
    /// exist, or was so in the past.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn cas<T: Serialize>(&self, key: impl Serialize, from: &T, to: &T) -> Result<bool> {
        self.kv.cas(&key, from, to).await
    }

    /// Sets a key to `to` if it is `from` or does not exist: true if it was so.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn cas_or_create<T: Serialize>(
        &self,
        key: impl Serialize,
        from: &T,
        to: &T,
    ) -> Result<bool> {
        self.kv.cas_or_create(&key, from, to).await
    }

    /// Replaces the value of a key by what `change` makes of it, and gives the new one. When
    /// others get in between, `change` is called again on the newest value, after a pause.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the change may be made, or may be made later, once.
    pub async fn update<T: DeserializeOwned + Serialize>(
        &self,
        key: impl Serialize,
        change: impl FnMut(Option<T>) -> T,
    ) -> Result<T> {
        // The first attempt reads what may be old: a compare-and-set on it then fails, and only
        // then is it worth a round trip to know the newest.
        let first = Cell::new(true);
        let read = async || {
            if !first.replace(false) {
                self.probe.advance(&self.kv).await?;
            }
            self.kv.read_raw(&key).await
        };
        self.kv.update(&key, change, read).await
    }
}

impl FromInit for SeqKv {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self {
            kv: Kv::new(init.net().clone(), "seq-kv"),
            probe: Rc::new(Probe::new(&init.node_id, random::u64())),
        })
    }
}
