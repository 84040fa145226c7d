//! The Gossip Glomers challenges, each a short module that shows its algorithm.
//!
//! | module | system | binary |
//! |---|---|---|
//! | [`echo`] | echo | `echo` |
//! | [`unique_ids`] | unique IDs | `unique-ids` |
//! | [`broadcast`] | broadcast with retries | `broadcast` |
//! | [`broadcast_batch`] | broadcast in batches | `broadcast-batch` |
//! | [`g_counter`] | grow-only counter, state-based CRDT | `g-counter` |
//! | [`g_counter_kv`] | grow-only counter on seq-kv | `g-counter-kv` |
//! | [`pn_counter`] | increment/decrement counter, state-based CRDT | `pn-counter` |
//! | [`g_set`] | grow-only set, state-based CRDT | `g-set` |
//! | [`kafka`] | replicated logs on lin-kv | `kafka` |
//! | [`lin_kv`] | linearizable key-value store on Raft | `lin-kv` |
//! | [`txn`] | transactions over registers and lists on lin-kv | `txn`, `txn-list-append` |

pub mod broadcast;
pub mod broadcast_batch;
pub mod echo;
pub mod g_counter;
pub mod g_counter_kv;
pub mod g_set;
pub mod kafka;
pub mod lin_kv;
pub mod pn_counter;
pub mod txn;
pub mod unique_ids;

pub use broadcast::Broadcast;
pub use broadcast_batch::BroadcastBatch;
pub use echo::Echo;
pub use g_counter::GCounter;
pub use g_counter_kv::GCounterKv;
pub use g_set::GSet;
pub use kafka::Kafka;
pub use lin_kv::LinKv;
pub use pn_counter::PnCounter;
pub use txn::Txn;
pub use unique_ids::UniqueIds;
