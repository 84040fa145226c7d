//! Fresh reads of `seq-kv`.
//!
//! The store executes a client's requests on any state that is not older than the last one this
//! client has seen, but a request that changes the state on the newest state. Therefore, a request
//! that always changes the state brings its client up to date. This module writes a unique value to
//! a key of this node: a random nonce, which differs after a restart, and a counter.

use std::cell::Cell;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::KvClient;
use super::markers::FRESH;
use super::requests::Kv;
use super::service::{Ordered, Service};
use crate::node::Init;
use crate::{ErrorCode, NodeId, Result, random};

/// `seq-kv`, with the state for fresh reads.
#[derive(Clone)]
pub struct Seq {
    probe: Rc<Probe>,
}

impl Service for Seq {
    const NAME: &'static str = "seq-kv";

    fn from_init(init: &Init) -> Self {
        Self {
            probe: Rc::new(Probe::new(&init.node_id, random::u64())),
        }
    }
}

impl Ordered for Seq {
    async fn catch_up(&self, kv: &Kv) -> Result<()> {
        self.probe.advance(kv).await
    }
}

impl KvClient<Seq> {
    /// Brings this node up to date, at the cost of one write. Reads of the returned handle see a
    /// state that was current after this call began, or a later one.
    ///
    /// # Errors
    /// Returns error 0 if the node's input ends. Lost messages are sent again.
    pub async fn fresh(&self) -> Result<Fresh<'_>> {
        self.service.catch_up(&self.kv).await?;
        Ok(Fresh(&self.kv))
    }
}

/// A handle for fresh reads: see [`KvClient::fresh`].
#[derive(Clone, Copy)]
pub struct Fresh<'a>(&'a Kv);

impl Fresh<'_> {
    /// Returns the value of a key, or None if it does not exist. The request is repeated until a
    /// reply arrives.
    ///
    /// # Errors
    /// Returns error 13 if the value can't be deserialized to `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.0.read(&key).await
    }
}

/// Unique values to write.
struct Probe {
    key: String,
    nonce: u64,
    count: Cell<u64>,
}

impl Probe {
    fn new(node: &NodeId, nonce: u64) -> Self {
        Self {
            key: format!("{FRESH}{node}"),
            nonce,
            count: Cell::new(0),
        }
    }

    /// Changes the store. After a timeout another value is written, since the same value might be
    /// written to a state that has it already.
    async fn advance(&self, kv: &Kv) -> Result<()> {
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
