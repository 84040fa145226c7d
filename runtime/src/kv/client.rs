//! The client of key-value services.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::requests::Kv;
use super::service::{Ordered, Service};
use crate::Result;
use crate::node::{Field, FromInit, Init};

/// A client of the key-value service `S`: a [`LinKv`](crate::LinKv), a [`SeqKv`](crate::SeqKv) or a
/// [`LwwKv`](crate::LwwKv).
#[derive(Clone)]
pub struct KvClient<S> {
    pub(super) kv: Kv,
    pub(super) service: S,
}

#[expect(private_bounds, reason = "implemented only by the three services")]
impl<S: Service> KvClient<S> {
    /// Returns the value of a key, or None if it does not exist. The request is repeated until a
    /// reply arrives.
    ///
    /// `seq-kv` may return a past value of the key, or None if it did not exist in the past;
    /// `lww-kv` returns the value on some replica.
    ///
    /// # Errors
    /// Returns error 13 if the value can't be deserialized to `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.kv.read(&key).await
    }

    /// Sets the value of a key; in `lww-kv`, on some replica.
    ///
    /// (`seq-kv` may execute a write of a past value of the key in the past, where it changes
    /// nothing.)
    ///
    /// # Errors
    /// Returns error 0 on timeout: the key may be set now, or later.
    pub async fn write<T: Serialize>(&self, key: impl Serialize, value: &T) -> Result<()> {
        self.kv.write(&key, value).await
    }

    /// Compare-and-set: sets the value of a key to `to` if it is `from`, and returns whether it
    /// was. Returns false also if the key does not exist.
    ///
    /// `seq-kv` may return false because of a past value; `lww-kv` compares the value on some
    /// replica.
    ///
    /// # Errors
    /// Returns error 0 on timeout: the key may be set now, or later.
    ///
    /// ```
    /// use mael::prelude::*;
    ///
    /// /// Claims a name. Returns false if another node has it.
    /// async fn claim(kv: &LinKv, name: &str, me: &NodeId) -> mael::Result<bool> {
    ///     kv.cas_or_create(name, me, me).await
    /// }
    ///
    /// /// Transfers a name to another node. Returns false if this node does not have it.
    /// async fn transfer(kv: &LinKv, name: &str, me: &NodeId, to: &NodeId) -> mael::Result<bool> {
    ///     kv.cas(name, me, to).await
    /// }
    /// ```
    pub async fn cas<T: Serialize>(&self, key: impl Serialize, from: &T, to: &T) -> Result<bool> {
        self.kv.cas(&key, from, to).await
    }
}

#[expect(private_bounds, reason = "implemented only by the two services")]
impl<S: Ordered> KvClient<S> {
    /// Sets the value of a key to `to` if it is `from` or the key does not exist, and returns
    /// whether that was the case.
    ///
    /// # Errors
    /// Returns error 0 on timeout: the key may be set now, or later.
    pub async fn cas_or_create<T: Serialize>(
        &self,
        key: impl Serialize,
        from: &T,
        to: &T,
    ) -> Result<bool> {
        self.kv.cas_or_create(&key, from, to).await
    }

    /// Replaces the value of a key by the result of `change`, and returns the new value. If the
    /// value is changed concurrently, `change` is called again with the newest value, after a
    /// pause.
    ///
    /// # Errors
    /// Returns error 0 on timeout: the change may be made now, or later, at most once.
    pub async fn update<T: DeserializeOwned + Serialize>(
        &self,
        key: impl Serialize,
        change: impl FnMut(Option<T>) -> T,
    ) -> Result<T> {
        let catch_up = async || self.service.catch_up(&self.kv).await;
        self.kv.update(&key, change, catch_up).await
    }
}

impl<S: Service> FromInit for KvClient<S> {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self {
            kv: Kv::new(init.net().clone(), S::NAME),
            service: S::from_init(init),
        })
    }
}
