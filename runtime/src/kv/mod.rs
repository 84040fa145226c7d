//! Clients of the key-value services and of the timestamp oracle.
//!
//! Clients repeat reads until a reply arrives. Writes and compare-and-sets are sent once, because a
//! second one could overwrite later changes; if the reply is lost, the outcome is unknown, and the
//! error has code 0. This assumes a network that can lose and delay messages, but does not
//! duplicate them, as Maelstrom's: the reply to a duplicated compare-and-set could be that of the
//! second copy.
//!
//! Source: Maelstrom's documentation of services.

mod client;
mod fresh;
mod lin_tso;
#[doc(hidden)]
pub mod markers;
mod requests;
mod service;

pub use client::KvClient;
pub use fresh::{Fresh, Seq};
pub use lin_tso::LinTso;
pub(crate) use requests::Kv;
pub use service::{Lin, Lww};

/// A client of `lin-kv`, a linearizable store: every request sees the newest state.
///
/// A field of this type is set when the node starts. Keys and values can be of any types that
/// serialize to JSON.
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

/// A client of `seq-kv`, a sequentially consistent store: reads may return past values.
///
/// A node never sees the state go back, and sees its own changes. But as long as it makes no
/// changes, it may see the same old state, in which some keys do not exist yet. For reads that must
/// be current use [`fresh`](KvClient::fresh), which costs one more round trip.
///
/// A field of this type is set when the node starts.
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

/// A client of `lww-kv`, an eventually consistent store in which the last write wins.
///
/// Acknowledged writes can be lost, reads can return older values than before, and two concurrent
/// compare-and-sets of the same value can both succeed. So there is no `update`.
///
/// A field of this type is set when the node starts.
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
///     /// Returns the value on some replica.
///     #[handler(reply = "value")]
///     async fn read(&self, key: String) -> mael::Result<Option<u64>> {
///         self.kv.read(key).await
///     }
/// }
/// ```
pub type LwwKv = KvClient<Lww>;
