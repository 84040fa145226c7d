//! The store where the last write wins, or some other one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Kv;
use crate::Result;
use crate::node::{Field, FromInit, Init};

/// A client of `lww-kv`: replicas that disagree for a while, and forget writes that tie.
///
/// Acknowledged writes can be lost, reads go back and forth, and of two compare-and-sets from the
/// same value both can succeed. It is there to be survived, and has no `update`.
///
/// As a field of a node it is filled in when the node starts.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Cache {
///     kv: LwwKv,
/// }
///
/// #[handlers]
/// impl Cache {
///     #[handler]
///     async fn write(&self, key: String, value: u64) -> mael::Result<()> {
///         self.kv.write(key, &value).await
///     }
///
///     /// What some replica has, or had.
///     #[handler(reply = "value")]
///     async fn read(&self, key: String) -> mael::Result<Option<u64>> {
///         self.kv.read(key).await
///     }
/// }
/// ```
#[derive(Clone)]
pub struct LwwKv(Kv);

impl LwwKv {
    /// The value of a key at some replica; None if it does not exist there. Repeated until it is
    /// answered.
    ///
    /// # Errors
    /// Code 13 when the value is no `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.0.read(&key).await
    }

    /// Sets a key at some replica.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn write<T: Serialize>(&self, key: impl Serialize, value: &T) -> Result<()> {
        self.0.write(&key, value).await
    }

    /// Sets a key to `to` at some replica, if it is `from` there: true if it was.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn cas<T: Serialize>(&self, key: impl Serialize, from: &T, to: &T) -> Result<bool> {
        self.0.cas(&key, from, to).await
    }
}

impl FromInit for LwwKv {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self(Kv::new(init.net().clone(), "lww-kv")))
    }
}
