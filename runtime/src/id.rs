//! IDs of nodes, clients and services.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The ID of a node, client or service, such as `n1`, `c4` or `lin-kv`.
///
/// Cheap to clone. A field of this type is set to the node's own ID.
///
/// ```
/// use mael::NodeId;
///
/// let id = NodeId::from("n1");
/// assert_eq!(id, "n1");
/// assert!(!id.is_client() && NodeId::from("c7").is_client());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Rc<str>);

impl NodeId {
    /// Returns the ID as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the ID of a client, which the protocol defines as starting with `c`.
    #[inline]
    pub fn is_client(&self) -> bool {
        self.0.starts_with('c')
    }
}

impl From<&NodeId> for NodeId {
    fn from(id: &NodeId) -> Self {
        id.clone()
    }
}

impl From<&str> for NodeId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for NodeId {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl Deref for NodeId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for NodeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for NodeId {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for NodeId {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

/// The IDs of all nodes of the cluster, including this one, in the order of the `init` message.
///
/// A field of this type is set from `init`. It dereferences to a slice of [`NodeId`]s.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Ring {
///     id: NodeId,
///     nodes: Nodes,
/// }
///
/// #[handlers]
/// impl Ring {
///     /// Returns the node after this one.
///     #[handler(reply = "next")]
///     fn next(&self) -> Option<NodeId> {
///         let index = self.nodes.iter().position(|node| *node == self.id)?;
///         self.nodes.get((index + 1) % self.nodes.len()).cloned()
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nodes(Rc<[NodeId]>);

impl From<Vec<NodeId>> for Nodes {
    fn from(nodes: Vec<NodeId>) -> Self {
        Self(nodes.into())
    }
}

impl Deref for Nodes {
    type Target = [NodeId];

    fn deref(&self) -> &[NodeId] {
        &self.0
    }
}
