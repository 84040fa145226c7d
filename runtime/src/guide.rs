//! A tutorial in five steps, and three pages of background.
//!
//! | page | node | what is new |
//! |---|---|---|
//! | [`echo`] | echoes requests | a node, how to run it, the results |
//! | [`counter`] | a replicated counter | state, other nodes, timers, flags |
//! | [`gossip`] | broadcasts messages | retried calls, idempotent handlers, background tasks |
//! | [`key_value`] | a counter in a key-value store | services, `async` handlers, errors |
//! | [`lock`] | issues ticket numbers | a distributed mutex |
//!
//! - [`simulation`]: tests in virtual time, and what a node must avoid so that seeds replay.
//! - [`workloads`]: your own workloads, from a specification or from operations and a check.
//! - [`expansion`]: the code that the macros generate, line by line.
//!
//! Each node is a complete program. The tests of `mael` compile and simulate the examples.

// `Flags` exists only with the feature `clap`.
#![cfg_attr(not(feature = "clap"), allow(rustdoc::broken_intra_doc_links))]

#[doc = include_str!("../docs/guide/counter.md")]
pub mod counter {}
#[doc = include_str!("../docs/guide/echo.md")]
pub mod echo {}
#[doc = include_str!("../docs/guide/expansion.md")]
pub mod expansion {}
#[doc = include_str!("../docs/guide/gossip.md")]
pub mod gossip {}
#[doc = include_str!("../docs/guide/key_value.md")]
pub mod key_value {}
#[doc = include_str!("../docs/guide/lock.md")]
pub mod lock {}
#[doc = include_str!("../docs/guide/simulation.md")]
pub mod simulation {}
#[doc = include_str!("../docs/guide/workloads.md")]
pub mod workloads {}
