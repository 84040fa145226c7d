//! The linearizable store.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Kv;
use crate::Result;
use crate::node::{Field, FromInit, Init};

/// A client of `lin-kv`: one current state, of which every request sees the newest.
///
/// As a field of a node it is filled in when the node starts. Keys and values are any types with a
/// form in JSON.
///
/// ```
/// use mael::LinKv;
/// use mael::prelude::*;
///
/// #[node]
/// struct Counter {
///     kv: LinKv,
/// }
///
/// #[handlers]
/// impl Counter {
///     #[handler(type = "add")]
///     async fn add(&self, delta: u64) -> mael::Result<()> {
///         self.kv.update("total", |total: Option<u64>| total.unwrap_or(0) + delta).await?;
///         Ok(())
///     }
///
///     #[handler(type = "read", reply = "value")]
///     async fn read(&self) -> mael::Result<u64> {
///         Ok(self.kv.read("total").await?.unwrap_or(0))
///     }
/// }
/// ```
#[derive(Clone)]
pub struct LinKv(Kv);

impl LinKv {
    /// The value of a key; None if it does not exist. Repeated until it is answered.
    ///
    /// # Errors
    /// Code 13 when the value is no `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.0.read(&key).await
    }

    /// Sets a key, whatever it was before.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn write<T: Serialize>(&self, key: impl Serialize, value: &T) -> Result<()> {
        self.0.write(&key, value).await
    }

    /// Sets a key to `to` if it is `from`: true if it was. False also if it does not exist.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    ///
    /// ```
    /// use mael::prelude::*;
    ///
    /// /// Takes a name that nobody has; false if somebody does.
    /// async fn take(kv: &LinKv, name: &str, me: &NodeId) -> mael::Result<bool> {
    ///     kv.cas_or_create(name, me, me).await
    /// }
    ///
    /// /// Hands a name over; false if it is not, or no longer, this node's.
    /// async fn hand_over(kv: &LinKv, name: &str, me: &NodeId, to: &NodeId) -> mael::Result<bool> {
    ///     kv.cas(name, me, to).await
    /// }
    /// ```
    pub async fn cas<T: Serialize>(&self, key: impl Serialize, from: &T, to: &T) -> Result<bool> {
        self.0.cas(&key, from, to).await
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
        self.0.cas_or_create(&key, from, to).await
    }

    /// Replaces the value of a key by what `change` makes of it, and gives the new one. When
    /// others get in between, `change` is called again on what they left, after a pause.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the change may be made, or may be made later, once.
    pub async fn update<T: DeserializeOwned + Serialize>(
        &self,
        key: impl Serialize,
        change: impl FnMut(Option<T>) -> T,
    ) -> Result<T> {
        self.0
            .update(&key, change, async || self.0.read_raw(&key).await)
            .await
    }
}

impl FromInit for LinKv {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self(Kv::new(init.net().clone(), "lin-kv")))
    }
}
