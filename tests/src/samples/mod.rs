//! Sample workloads to copy, each with a correct node and incorrect ones.

pub mod bank;
pub mod chat_room;
pub mod fenced_lock;
pub mod leader_election;
pub mod log;
pub mod queue;
pub mod semaphore;
pub mod sequencer;
pub mod set;
pub mod stack;
