//! The other nodes of the cluster, as callers see them.

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
    /// Calls the handlers of such a node on another node.
    type Client;

    /// A client of one node.
    fn client(peer: Peer) -> Self::Client;
}

/// Typed clients of the nodes of type `N`.
///
/// As a field of a node it is filled in when the node starts. Iterating over it gives a client of
/// each *other* node, in the order of the `init` message.
///
/// ```
/// use mael::Peers;
/// use mael::prelude::*;
///
/// #[node]
/// struct Rumour {
///     peers: Peers<Rumour>,
///     heard: RefCell<BTreeSet<String>>,
/// }
///
/// #[handlers]
/// impl Rumour {
///     /// Tells everyone what was not known here.
///     #[handler(type = "hear")]
///     fn hear(&self, rumour: String) {
///         if self.heard.borrow_mut().insert(rumour.clone()) {
///             for peer in &self.peers {
///                 peer.hear(rumour.clone()).retry().detach();
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
    /// A client of the node of this name, be it this one.
    pub fn client(&self, id: impl Into<NodeId>) -> N::Client {
        N::client(Peer::new(id.into(), self.net.clone()))
    }

    /// Clients of all other nodes, in the order of the `init` message.
    pub fn iter(&self) -> impl Iterator<Item = N::Client> + '_ {
        self.others().map(|node| self.client(node))
    }

    /// Clients of the nodes that the `topology` message names as this node's neighbours. Before
    /// there has been such a message, those are all other nodes.
    pub fn neighbours(&self) -> Vec<N::Client> {
        match self.neighbours.get() {
            Some(named) => named.into_iter().map(|node| self.client(node)).collect(),
            None => self.iter().collect(),
        }
    }

    /// Calls all other nodes at once, and gives their answers as they come.
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
    ///     /// The first of the other nodes to say that it has the book.
    ///     #[handler(reply = "node")]
    ///     async fn find(&self, book: String) -> Option<NodeId> {
    ///         let mut answers = self.peers.call_all(|peer| peer.has(book.clone()));
    ///         while let Some((node, answer)) = answers.next().await {
    ///             if let Ok(true) = answer {
    ///                 return Some(node);
    ///             }
    ///         }
    ///         None
    ///     }
    /// }
    /// ```
    pub fn call_all<C: IntoFuture>(&self, call: impl Fn(N::Client) -> C) -> Replies<C::IntoFuture> {
        let ask = |node: &NodeId| {
            let call = call(self.client(node)).into_future();
            (node.clone(), Box::pin(call))
        };
        Replies::new(self.others().map(ask).collect())
    }

    /// How many other nodes there are.
    pub fn len(&self) -> usize {
        self.others().count()
    }

    /// Whether this node is alone.
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
