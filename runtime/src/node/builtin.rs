//! Requests that the runtime handles.

use std::collections::BTreeMap;

use super::handlers::Handlers;
use super::init::Init;
use super::parts::GOSSIP;
use crate::protocol::{BodyWriter, Encode, Packet};
use crate::{Error, NodeId, Result};

/// The answer of this type to a request that the runtime handles: that it is done.
pub(super) struct Done(pub(super) &'static str);

impl Encode for Done {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.message(self.0).end()
    }
}

pub(super) const INIT_OK: Done = Done("init_ok");

/// Takes the topology, for a node that has no handler of its own for it.
pub(super) fn topology(init: &Init, packet: &Packet<'_>) -> Result<Done> {
    type Topology = BTreeMap<NodeId, Vec<NodeId>>;
    let (mut topology,): (Topology,) = packet.body.fields(["topology"])?;
    init.neighbours()
        .set(topology.remove(&*init.node_id).unwrap_or_default());
    Ok(Done("topology_ok"))
}

/// Gives the fields of a node that are told by gossip what they are told.
pub(super) fn gossip(init: &Init, packet: &Packet<'_>) -> Result<Done> {
    init.parts().gossip(packet.body)?;
    Ok(Done("gossip_ok"))
}

/// A message can't be for a handler and for a field.
pub(super) fn refuse_two_gossips<N: Handlers>(init: &Init) -> Result<()> {
    match N::TYPES.contains(&GOSSIP) && !init.parts().is_empty() {
        true => Err(Error::crash(
            "a node with a field of type `Gossip` can't have a handler of type `gossip`: \
             rename the handler",
        )),
        false => Ok(()),
    }
}
