//! Reads of `seq-kv` that are not stale.
//!
//! The store answers a caller from any state that is not older than the last one that this caller
//! is known to have seen, and a change always comes after the newest state. So a change that is
//! certain to be one, whatever state it is tried on, brings its caller to the newest. Here that is
//! the write of a value never used before to a key of the caller's own: a nonce of this process,
//! so that a node which is started again does not find its own old value there, and a counter.

use std::cell::Cell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Kv;
use crate::{ErrorCode, NodeId, Result};

/// The newest state of `seq-kv`, or a newer one: see [`SeqKv::fresh`](super::SeqKv::fresh).
#[derive(Clone, Copy)]
pub struct Fresh<'a>(&'a Kv);

impl<'a> Fresh<'a> {
    pub(super) fn new(kv: &'a Kv) -> Self {
        Self(kv)
    }

    /// The value of a key; None if it does not exist. Repeated until it is answered.
    ///
    /// # Errors
    /// Code 13 when the value is no `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.0.read(&key).await
    }
}

/// What this process writes to bring itself to the newest state.
pub(super) struct Probe {
    key: String,
    nonce: u64,
    count: Cell<u64>,
}

impl Probe {
    pub(super) fn new(node: &NodeId, nonce: u64) -> Self {
        Self {
            key: format!("mael/fresh/{node}"),
            nonce,
            count: Cell::new(0),
        }
    }

    /// Changes the store for certain. A write whose reply is lost is followed by one of another
    /// value, since the same one might be answered from a state that has it already.
    pub(super) async fn advance(&self, kv: &Kv) -> Result<()> {
        loop {
            let count = self.count.get() + 1;
            self.count.set(count);
            let value = format!("{:016x}-{count}", self.nonce);
            match kv.write(&self.key, &value).await {
                Err(error) if error.code == ErrorCode::Timeout && !kv.is_closed() => {}
                result => return result,
            }
        }
    }
}
