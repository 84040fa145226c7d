//! Each binary under a bench that is not ours: plain pipes, a router and a store of a few lines. It
//! does what the protocol leaves open otherwise than our workbench: other names of nodes and
//! clients, no `id` in front, more fields than anybody knows, huge message ids, and often no
//! topology.

mod bench;
mod challenges;
mod store;
