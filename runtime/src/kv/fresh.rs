//! Reads of `seq-kv` that are not stale.
//!
//! The store answers a caller from any state that is not older than the last one that this caller
//! is known to have seen, and a change always comes after the newest state. So a change that is
//! certain to be one, whatever state it is tried on, brings its caller to the newest. Here that is
//! the write of a value never used before to a key of the caller's own: a nonce of this process,
//! so that a node which is started again does not find its own old value there, and a counter.

use std::cell::Cell;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::KvClient;
use super::requests::Kv;
use super::service::{Ordered, Service};
use crate::node::Init;
use crate::{ErrorCode, NodeId, Result, random};

/// `seq-kv`, with what this node needs to read its newest state.
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
    /// Brings this node to the newest state, and gives access to it: what is read there was
    /// current at some moment after this call began, or later.
    ///
    /// # Errors
    /// Those of the node's end; a lost message is sent again.
    pub async fn fresh(&self) -> Result<Fresh<'_>> {
        self.service.catch_up(&self.kv).await?;
        Ok(Fresh(&self.kv))
    }
}

/// The newest state of `seq-kv`, or a newer one: see [`SeqKv`](crate::SeqKv).
#[derive(Clone, Copy)]
pub struct Fresh<'a>(&'a Kv);

impl Fresh<'_> {
    /// The value of a key; None if it does not exist. Repeated until it is answered.
    ///
    /// # Errors
    /// Code 13 when the value is no `T`.
    pub async fn read<T: DeserializeOwned>(&self, key: impl Serialize) -> Result<Option<T>> {
        self.0.read(&key).await
    }
}

/// What this process writes to bring itself to the newest state.
struct Probe {
    key: String,
    nonce: u64,
    count: Cell<u64>,
}

impl Probe {
    fn new(node: &NodeId, nonce: u64) -> Self {
        Self {
            key: format!("mael/fresh/{node}"),
            nonce,
            count: Cell::new(0),
        }
    }

    /// Changes the store for certain. A write whose reply is lost is followed by one of another
    /// value, since the same one might be answered from a state that has it already.
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
