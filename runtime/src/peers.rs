//! The other nodes of the cluster, as callers see them.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use crate::call::{Call, Empty, OneWay};
use crate::net::Net;
use crate::node::{Callable, Field, FromInit, Init};
use crate::{NodeId, Nodes, Result};

/// One other node, whatever its type. Generated clients are made of it.
///
/// ```
/// use mael::Peer;
/// use mael::call::{Empty, Named};
///
/// // What a generated client does, by hand.
/// async fn write(peer: &Peer, key: String, value: u64) -> mael::Result<()> {
///     let arguments = Named(&["key", "value"], (key, value));
///     peer.call::<_, Empty>("write", arguments, &[]).await
/// }
/// ```
#[derive(Clone)]
pub struct Peer {
    id: NodeId,
    net: Net,
}

impl Peer {
    /// The name of the node.
    pub fn id(&self) -> &NodeId {
        &self.id
    }

    /// A call to a handler of the node. `reply` are the names of the reply's fields.
    pub fn call<A, R>(
        &self,
        kind: &'static str,
        arguments: A,
        reply: &'static [&'static str],
    ) -> Call<A, R> {
        Call::new(self.net.clone(), self.id.clone(), kind, arguments, reply)
    }

    /// A message to a handler of the node that never answers.
    pub fn one_way<A>(&self, kind: &'static str, arguments: A) -> OneWay<A> {
        let call: Call<A, Empty> = self.call(kind, arguments, &[]);
        OneWay::new(call)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

/// Who neighbours this node, as the `topology` message says; shared with the node loop, which
/// reads that message. None before it has come.
#[derive(Clone, Default)]
pub(crate) struct Neighbours(Rc<RefCell<Option<Vec<NodeId>>>>);

impl Neighbours {
    pub(crate) fn set(&self, neighbours: Vec<NodeId>) {
        self.0.replace(Some(neighbours));
    }

    fn get(&self) -> Option<Vec<NodeId>> {
        self.0.borrow().clone()
    }
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
    pub fn get(&self, id: impl Into<NodeId>) -> N::Client {
        N::client(Peer {
            id: id.into(),
            net: self.net.clone(),
        })
    }

    /// Clients of all other nodes, in the order of the `init` message.
    pub fn iter(&self) -> impl Iterator<Item = N::Client> + '_ {
        self.others().map(|node| self.get(node))
    }

    /// Clients of the nodes that the `topology` message names as this node's neighbours. Before
    /// there has been such a message, those are all other nodes.
    pub fn neighbours(&self) -> Vec<N::Client> {
        match self.neighbours.get() {
            Some(named) => named.into_iter().map(|node| self.get(node)).collect(),
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
    ///         let mut answers = self.peers.ask(|peer| peer.has(book.clone()));
    ///         while let Some((node, answer)) = answers.next().await {
    ///             if let Ok(true) = answer {
    ///                 return Some(node);
    ///             }
    ///         }
    ///         None
    ///     }
    /// }
    /// ```
    pub fn ask<C: IntoFuture>(&self, call: impl Fn(N::Client) -> C) -> Answers<C::IntoFuture> {
        let ask = |node: &NodeId| {
            let call = call(self.get(node)).into_future();
            (node.clone(), Box::pin(call))
        };
        Answers(self.others().map(ask).collect())
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

/// The calls of [`Peers::ask`] that have not been answered. Dropping it forgets them.
#[must_use = "nothing is sent before the answers are asked for"]
pub struct Answers<F>(Vec<(NodeId, Pin<Box<F>>)>);

impl<F: Future> Answers<F> {
    /// The next answer, or the error of a call that has failed, with the node that was called; None if
    /// there have been as many as calls.
    pub async fn next(&mut self) -> Option<(NodeId, F::Output)> {
        let calls = &mut self.0;
        poll_fn(|context| {
            for place in 0..calls.len() {
                if let Poll::Ready(answer) = calls[place].1.as_mut().poll(context) {
                    let (node, _) = calls.swap_remove(place);
                    return Poll::Ready(Some((node, answer)));
                }
            }
            match calls.is_empty() {
                true => Poll::Ready(None),
                false => Poll::Pending,
            }
        })
        .await
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

impl FromInit for Net {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(init.net().clone())
    }
}
