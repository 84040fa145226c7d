//! Clients of the key-value services and of the timestamp oracle.
//!
//! What a client repeats, and what it does not: a read changes nothing, and is repeated until it
//! is answered. A write or compare-and-set is sent once, because a second one may undo what others
//! have done since the first; if its reply is lost the outcome is unknown, and the error is code 0.
//! That holds on a network that may lose messages and delay them, as Maelstrom's does; a network
//! that delivered one compare-and-set twice could answer the second copy first.
//!
//! Source: the protocol page on services.

mod client;
mod fresh;
mod lin_tso;
mod requests;
mod service;

pub use client::KvClient;
pub use fresh::{Fresh, Seq};
pub use lin_tso::LinTso;
pub(crate) use requests::Kv;
pub use service::{Lin, Lww};

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
pub type LinKv = KvClient<Lin>;

/// A client of `seq-kv`: all requests have one order, but a read may be answered from the past.
///
/// A node never sees the store go back, and sees its own changes; but without changes of its own
/// it may be shown an old state again and again, even that a key does not exist which does. A read
/// that must be current goes through [`fresh`](KvClient::fresh), for one round trip more.
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
pub type SeqKv = KvClient<Seq>;

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
pub type LwwKv = KvClient<Lww>;
