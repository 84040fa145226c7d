//! Tests each binary under a minimal foreign bench: pipes, a router and a key-value store. Where
//! the protocol leaves a choice, it differs from the workbench: other names of nodes and clients,
//! no `id`, unknown fields, huge message ids, and often no topology.

mod bench;
mod challenges;
mod store;
