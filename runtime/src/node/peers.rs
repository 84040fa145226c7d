//! Clients of the other nodes of the cluster.

use std::future::IntoFuture;
use std::marker::PhantomData;

use super::field::Field;
use super::init::{FromInit, Init};
use super::topology::Neighbours;
use crate::rpc::{Net, Peer, Replies};
use crate::{NodeId, Nodes, Result};

/// A node that other nodes can call; `#[handlers]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handlers to call",
    label = "no `impl` block marked with `#[handlers]`",
    note = "mark `impl {Self}` with `#[handlers]`"
)]
pub trait Callable: 'static {
    /// The client type, with a method for each handler.
    type Client;

    /// Creates a client of one node.
    fn client(peer: Peer) -> Self::Client;
}

/// Typed clients of the nodes of type `N`.
///
/// A field of this type is set when the node starts. The peers of a node are all *other* nodes:
/// iterating yields a client of each, in the order of the `init` message, and `len` does not count
/// this node.
///
/// ```
/// use mael::Peers;
/// use mael::prelude::*;
///
/// #[node]
/// struct Rumours {
///     peers: Peers<Rumours>,
///     known: RefCell<BTreeSet<String>>,
/// }
///
/// #[handlers]
/// impl Rumours {
///     /// Forwards new rumours to all other nodes.
///     #[handler]
///     fn receive(&self, rumour: String) {
///         if self.known.borrow_mut().insert(rumour.clone()) {
///             for peer in &self.peers {
///                 peer.receive(rumour.clone()).retry().detach();
///             }
///         }
///     }
/// }
/// ```
pub struct Peers<N> {
    me: NodeId,
    nodes: Nodes,
    neighbours: Neighbours,
    net: Net,
    node: PhantomData<fn() -> N>,
}

impl<N: Callable> Peers<N> {
    /// Returns a client of the node with this ID, which can be this node.
    pub fn client(&self, id: impl Into<NodeId>) -> N::Client {
        N::client(Peer::new(id.into(), self.net.clone()))
    }

    /// Iterates over clients of all other nodes, in the order of the `init` message.
    pub fn iter(&self) -> impl Iterator<Item = N::Client> + '_ {
        self.others().map(|node| self.client(node))
    }

    /// Returns clients of this node's neighbours according to the `topology` message. Before such a
    /// message has arrived, these are all other nodes.
    pub fn neighbours(&self) -> Vec<N::Client> {
        match self.neighbours.get() {
            Some(named) => named.into_iter().map(|node| self.client(node)).collect(),
            None => self.iter().collect(),
        }
    }

    /// Calls all other nodes concurrently, and yields their replies in the order of arrival.
    ///
    /// ```
    /// use mael::prelude::*;
    ///
    /// #[node]
    /// struct Shelf {
    ///     peers: Peers<Shelf>,
    ///     has: RefCell<BTreeSet<String>>,
    /// }
    ///
    /// #[handlers]
    /// impl Shelf {
    ///     #[handler(reply = "has")]
    ///     fn has(&self, book: String) -> bool {
    ///         self.has.borrow().contains(&book)
    ///     }
    ///
    ///     /// Returns the first other node to reply that it has the book.
    ///     #[handler(reply = "node")]
    ///     async fn find(&self, book: String) -> Option<NodeId> {
    ///         let mut replies = self.peers.call_all(|peer| peer.has(book.clone()));
    ///         while let Some((node, reply)) = replies.next().await {
    ///             if let Ok(true) = reply {
    ///                 return Some(node);
    ///             }
    ///         }
    ///         None
    ///     }
    /// }
    /// ```
    pub fn call_all<C: IntoFuture>(&self, call: impl Fn(N::Client) -> C) -> Replies<C::IntoFuture> {
        let start = |node: &NodeId| {
            let call = call(self.client(node)).into_future();
            (node.clone(), Box::pin(call))
        };
        Replies::new(self.others().map(start).collect())
    }

    /// Returns the number of other nodes.
    pub fn len(&self) -> usize {
        self.others().count()
    }

    /// Whether there are no other nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn others(&self) -> impl Iterator<Item = &NodeId> {
        self.nodes.iter().filter(|node| **node != self.me)
    }
}

impl<'a, N: Callable> IntoIterator for &'a Peers<N> {
    type Item = N::Client;
    type IntoIter = Box<dyn Iterator<Item = N::Client> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<N: Callable> FromInit for Peers<N> {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self {
            me: init.node_id.clone(),
            nodes: init.node_ids.clone(),
            neighbours: init.neighbours().clone(),
            net: init.net().clone(),
            node: PhantomData,
        })
    }
}
