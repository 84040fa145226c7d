//! The client of all three services.

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

#[expect(private_bounds, reason = "the services are these three")]
impl<S: Service> KvClient<S> {
    /// The value of a key; None if it does not exist. Repeated until it is answered.
    ///
    /// `seq-kv` may answer with a value that the key had in the past, or that it did not exist
    /// then; `lww-kv` with the value at some replica.
    ///
    /// # Errors
    /// Code 13 when the value is no `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.kv.read(&key).await
    }

    /// Sets a key, whatever it was before; in `lww-kv`, at some replica.
    ///
    /// (`seq-kv` may order a write of the value that the key had in the past into that past, where
    /// it changes nothing.)
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the key may be set, or may be set later.
    pub async fn write<T: Serialize>(&self, key: impl Serialize, value: &T) -> Result<()> {
        self.kv.write(&key, value).await
    }

    /// Sets a key to `to` if it is `from`: true if it was. False also if it does not exist.
    ///
    /// `seq-kv` may answer false because the key was something else in the past, or did not exist
    /// then; `lww-kv` compares it at some replica.
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
        self.kv.cas(&key, from, to).await
    }
}

#[expect(private_bounds, reason = "the services are these two")]
impl<S: Ordered> KvClient<S> {
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

    /// Replaces the value of a key by what `change` returns for it, and returns the new one. When
    /// others change it in between, `change` is called again on the newest value, after a pause.
    ///
    /// # Errors
    /// Code 0 when no reply came in time: the change may be made, or may be made later, once.
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
