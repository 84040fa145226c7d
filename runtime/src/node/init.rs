//! The `init` message, and how the fields of a node are set from it.

use std::rc::Rc;
use std::task::{Context, Poll};
use std::{fmt, io};

use super::environment::{Environment, StartupError};
use super::field::Field;
use super::gossip_fields::GossipFields;
use super::topology::Neighbours;
use crate::protocol::{Encode, Malformed, Name, Packet};
use crate::rpc::{DEFAULT_RPC_TIMEOUT, Net};
use crate::transport::{Input, Transport};
use crate::{Error, NodeId, Nodes, Result};

/// The `init` message, and other data for the fields of a node.
#[derive(Clone)]
pub struct Init {
    /// This node's own ID.
    pub node_id: NodeId,
    /// The IDs of all nodes, including this one, in the same order on every node.
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

    /// Returns the `init` message of `n1` as the only node, without arguments. It has no network:
    /// everything that it sends fails with code 13.
    ///
    /// ```
    /// use mael::node::{Init, Node};
    /// use mael::prelude::*;
    ///
    /// #[node]
    /// struct Named {
    ///     id: NodeId,
    /// }
    ///
    /// let node = Named::from_init(&Init::of_single_node()).unwrap();
    /// assert_eq!(node.id, "n1");
    /// ```
    pub fn of_single_node() -> Self {
        let node_id = NodeId::from("n1");
        let net = Net::new(node_id.clone(), Rc::new(NoNetwork), DEFAULT_RPC_TIMEOUT);
        let node_ids = Nodes::from(vec![node_id.clone()]);
        Self::new(node_id, node_ids, net, Rc::default())
    }

    /// Returns a handle for sending messages.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Returns the environment of the node.
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

/// The transport of a node without a network.
struct NoNetwork;

impl Transport for NoNetwork {
    fn poll_receive(
        &self,
        _: &mut Context<'_>,
        _: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>> {
        Poll::Pending
    }

    fn send(&self, _: &NodeId, dest: &Name<'_>, _: &dyn Encode) -> Result<()> {
        Err(Error::crash(format!(
            "a message to {dest} can't be sent: this node has no network"
        )))
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A type that can be a field of a node.
///
/// Types that implement [`Default`] start with their default. [`NodeId`], [`Nodes`],
/// [`Peers`](crate::Peers), [`Net`], gossiped state, clients of services, locks, storage and flags
/// implement this trait themselves. A type can't implement both `Default` and `FromInit`.
///
/// ```
/// use mael::prelude::*;
/// use mael::{Field, FromInit, Init};
///
/// /// The number of nodes in a majority.
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
    /// Checks the program's arguments before any message is read.
    ///
    /// # Errors
    /// Invalid arguments, or a request for help. The node does not start.
    fn check_args(_host: &Environment) -> Result<(), StartupError> {
        Ok(())
    }

    /// Creates the value of a field.
    ///
    /// # Errors
    /// The error is sent in reply to `init`, which ends the test.
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
