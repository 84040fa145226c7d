//! Tests of the ways in which a node stores and shares its state: storage, key-value services, and
//! gossip.

mod crdt;
mod kv;
mod storage;
