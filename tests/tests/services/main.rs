//! What a node is given to keep and share its state: storage, key-value stores, and gossip.

mod crdt;
mod kv;
mod storage;
