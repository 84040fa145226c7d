//! What a node is built from: the `init` message, and what fills in its fields.

use std::fmt;
use std::rc::Rc;

use super::environment::{Environment, StartupError};
use super::field::Field;
use super::gossip_fields::GossipFields;
use super::topology::Neighbours;
use crate::rpc::Net;
use crate::{NodeId, Nodes, Result};

/// The `init` message: who this node is, and who else there is; and what the node has been given
/// to work with.
#[derive(Clone)]
pub struct Init {
    /// This node's own name.
    pub node_id: NodeId,
    /// All nodes, this one included, in the same order on every node.
    pub node_ids: Nodes,
    net: Net,
    neighbours: Neighbours,
    gossip_fields: GossipFields,
    environment: Rc<Environment>,
}

impl Init {
    pub(crate) fn new(
        node_id: NodeId,
        node_ids: Nodes,
        net: Net,
        environment: Rc<Environment>,
    ) -> Self {
        Self {
            node_id,
            node_ids,
            net,
            neighbours: Neighbours::default(),
            gossip_fields: GossipFields::default(),
            environment,
        }
    }

    /// The way to everyone else.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// What the node's process, or its simulation, provides.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(super) fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    pub(crate) fn gossip_fields(&self) -> &GossipFields {
        &self.gossip_fields
    }
}

impl fmt::Debug for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Init")
            .field("node_id", &self.node_id)
            .field("node_ids", &self.node_ids)
            .finish_non_exhaustive()
    }
}

/// A value that a field of a node can start with.
///
/// Every type with a [`Default`] starts with that; [`NodeId`], [`Nodes`], [`Peers`](crate::Peers),
/// [`Net`], states that are gossiped, the key-value stores, locks, storage and
/// flags are filled in from what the node is given. A type has either a `Default` or its own
/// `FromInit`.
///
/// ```
/// use mael::prelude::*;
/// use mael::{Field, FromInit, Init};
///
/// /// How many nodes are more than half of all.
/// struct Majority(usize);
///
/// impl FromInit for Majority {
///     fn from_init(init: &Init, _: &Field) -> mael::Result<Self> {
///         Ok(Self(init.node_ids.len() / 2 + 1))
///     }
/// }
///
/// #[node]
/// struct Voter {
///     majority: Majority,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` can't be initialized",
    label = "implements neither `Default` nor `mael::FromInit`",
    note = "derive `Default` for it, or implement `mael::FromInit`"
)]
pub trait FromInit: Sized {
    /// Looks at what the node was started with, before any message is read.
    ///
    /// # Errors
    /// [`StartupError`], and the node does not start: bad flags, or a call for help.
    fn check_args(_host: &Environment) -> Result<(), StartupError> {
        Ok(())
    }

    /// Builds the value of a field.
    ///
    /// # Errors
    /// An error is sent in answer to `init`, which ends the run.
    fn from_init(init: &Init, field: &Field) -> Result<Self>;
}

impl<T: Default> FromInit for T {
    fn from_init(_: &Init, _: &Field) -> Result<Self> {
        Ok(T::default())
    }
}

impl FromInit for NodeId {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(init.node_id.clone())
    }
}

impl FromInit for Net {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(init.net().clone())
    }
}

impl FromInit for Nodes {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(init.node_ids.clone())
    }
}
