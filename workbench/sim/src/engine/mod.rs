//! One run of a test: network, clients, faults and nodes, from the first `init` to the last reply.
//!
//! Written once for both clocks, against [`mael::executor::Runtime`] and [`Host`]: with real time
//! and processes it is `mael test`, with virtual time and nodes in this process a simulation.

mod cluster;
mod connection;
mod context;
mod delivery;
mod entry;

mod fit;
mod generator;
mod hint;
mod host;
mod inbox;
mod interpreter;
mod journal;
mod nemesis;
mod network;
mod outage;
mod panics;
mod phases;
mod playback;

mod record;
mod recorder;
mod rpc;
mod run;
pub(crate) mod schedule;
mod script;
mod services;
mod set_up;
pub(crate) mod starts;
mod writer;

pub use cluster::InitRequest;
pub use connection::{Connection, RPC_TIMEOUT, RpcError, Unawaited};
pub use entry::Entry;
pub use generator::{Generator, Invocation, Next, endless, once_per_thread};
pub(crate) use hint::is_unanswered;
pub use hint::{Hint, Hints, Seen};
pub use host::{Host, LAST_LINES, Node, NodeFailure, Output};
pub use network::{Endpoint, Grudge, Network};
pub use panics::{NodePanic, PanicGroup, Panics};
pub use record::{Broken, Record};
pub use recorder::{Phase, Progress, Recorder};
pub use rpc::{BodyDescription, Described, Rpc, RpcDescription};
pub use run::{Run, Wiring};
pub use script::{Act, Cue, Fate, LinkFault, Outage, Script, TimedAct};
pub use services::Unserved;
pub use writer::{Nowhere, Writer};
