//! Runs one test, with its network, clients, faults and nodes, from the first `init` to the last
//! reply.
//!
//! The engine is independent of the clock and of the kind of nodes, which
//! [`mael::executor::Runtime`] and [`Host`] abstract. With real time and processes it is `mael
//! test`; with virtual time and nodes in this process it is a simulation.

mod cluster;
mod connection;
mod context;
mod delivery;
mod entry;
pub(crate) mod event_queue;
mod generator;
mod hint;
mod host;
mod inbox;
mod interpreter;
mod invocation;
mod journal;
mod nemesis;
mod network;
mod panics;
mod phase;
mod phase_crash;
mod phases;
mod playback;
mod record;
mod recorder;
mod rpc;
mod run;
mod schedule;
pub(crate) mod services;
mod setup;
pub(crate) mod starts;
mod validate;
mod workload;
mod writer;

pub use cluster::InitRequest;
pub use connection::{Connection, RPC_TIMEOUT, RpcError, UnexpectedReplies};
pub use delivery::RecordedDeliveries;
pub(crate) use delivery::delay_bounds;
pub use entry::Entry;
pub use generator::{Generator, Next, endless, once_per_thread};
pub(crate) use hint::is_unanswered;
pub use hint::{Hint, Hints, Seen};
pub use host::{Host, LAST_LINES, Node, NodeFailure, Output};
pub use invocation::Invocation;
pub use network::{Endpoint, Grudge, Network};
pub use panics::{NodePanic, PanicGroup, Panics};
pub use phase::Phase;
pub use record::{Record, RunError};
pub use recorder::{Progress, Recorder};
pub use rpc::{BodyDescription, Described, Rpc, RpcDescription};
pub use run::{Run, RunConfig};
pub use schedule::{
    DeliveryFault, LinkFault, NemesisAction, PhaseCrash, Schedule, ScheduledAction, ScheduledOp,
};
pub use services::UnhandledRequests;
pub use workload::{Client, Workload};
pub use writer::{Nowhere, Writer};
