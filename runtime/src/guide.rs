//! A tutorial in five nodes, and what is good to know afterwards.
//!
//! | page | node | what is new |
//! |---|---|---|
//! | [`echo`] | says what it is told | a node, how to run it, what to see |
//! | [`counter`] | a counter kept by all nodes | state, other nodes, timers, flags |
//! | [`gossip`] | spreads messages | calls that are retried, and what that asks of the receiver |
//! | [`key_value`] | a counter in a store | services, `async` handlers, errors |
//! | [`lock`] | hands out numbers | a mutex over all nodes |
//!
//! - [`simulation`]: a thousand runs of a test in virtual time, and what a node must avoid for
//!   them.
//! - [`expansion`]: what the macros write, line by line.
//!
//! Each node is a whole program, and the examples of this guide are compiled and simulated by the
//! tests of `mael`.

// `Flags` is there with the feature `clap` only.
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
