//! Requests that the runtime handles.

use std::collections::BTreeMap;

use super::gossip_fields::GOSSIP;
use super::handlers::Handlers;
use super::init::Init;
use crate::protocol::{BodyWriter, Encode, Packet};
use crate::{Error, NodeId, Result};

/// A reply of this type, without fields.
pub(super) struct EmptyReply(pub(super) &'static str);

impl Encode for EmptyReply {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.message(self.0).end()
    }
}

pub(super) const INIT_OK: EmptyReply = EmptyReply("init_ok");

/// Handles `topology` for a node that has no handler of its own for it.
pub(super) fn topology(init: &Init, packet: &Packet<'_>) -> Result<EmptyReply> {
    type Topology = BTreeMap<NodeId, Vec<NodeId>>;
    let (mut topology,): (Topology,) = packet.body.fields(["topology"])?;
    init.neighbours()
        .set(topology.remove(&*init.node_id).unwrap_or_default());
    Ok(EmptyReply("topology_ok"))
}

/// Handles `gossip` for a node with gossip fields.
pub(super) fn gossip(init: &Init, packet: &Packet<'_>) -> Result<EmptyReply> {
    init.gossip_fields().receive(packet.body)?;
    Ok(EmptyReply("gossip_ok"))
}

/// Fails if both a handler and a field would receive `gossip` messages.
pub(super) fn refuse_two_gossips<N: Handlers>(init: &Init) -> Result<()> {
    if N::TYPES.contains(&GOSSIP) && !init.gossip_fields().is_empty() {
        return Err(Error::crash(
            "a node with a field of type `Gossip` can't have a handler of type `gossip`: \
             rename the handler",
        ));
    }
    Ok(())
}
