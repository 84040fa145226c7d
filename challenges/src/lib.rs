//! The Gossip Glomers challenges, each a compact module that declares its algorithm.
//!
//! | module | system | binary |
//! |---|---|---|
//! | [`echo`] | echo | `echo` |
//! | [`unique_ids`] | unique ids | `unique-ids` |
//! | [`broadcast`] | immediate broadcast | `broadcast` |
//! | [`g_counter`] | grow-only counter, stateful CRDT | `g-counter` |
//! | [`g_counter_kv`] | grow-only counter, stateless on seq-kv | `g-counter-kv` |
//! | [`kafka`] | replicated logs on lin-kv | `kafka` |
//! | [`txn`] | transactions over registers and lists on lin-kv | `txn`, `txn-list-append` |

pub mod broadcast;
pub mod echo;
pub mod g_counter;
pub mod g_counter_kv;
pub mod kafka;
pub mod txn;
pub mod unique_ids;

pub use broadcast::Broadcast;
pub use echo::Echo;
pub use g_counter::GCounter;
pub use g_counter_kv::GCounterKv;
pub use kafka::Kafka;
pub use txn::Txn;
pub use unique_ids::UniqueIds;
