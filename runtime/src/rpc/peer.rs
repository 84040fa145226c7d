//! A handle to another node, used by generated clients.

use std::fmt;

use super::call::{Call, Empty, OneWay};
use super::net::Net;
use crate::NodeId;

/// A handle to another node of any type. Generated clients wrap it.
///
/// ```
/// use mael::Peer;
/// use mael::call::{Empty, Named};
///
/// // What a method of a generated client does.
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
    /// Creates a handle to the node with this ID.
    pub(crate) fn new(id: NodeId, net: Net) -> Self {
        Self { id, net }
    }

    /// Returns the ID of the node.
    pub fn id(&self) -> &NodeId {
        &self.id
    }

    /// Creates a call to a handler of the node. `reply` contains the names of the reply's fields.
    pub fn call<A, R>(
        &self,
        msg_type: &'static str,
        arguments: A,
        reply: &'static [&'static str],
    ) -> Call<A, R> {
        Call::new(
            self.net.clone(),
            self.id.clone(),
            msg_type,
            arguments,
            reply,
        )
    }

    /// Creates a message to a `oneway` handler of the node.
    pub fn one_way<A>(&self, msg_type: &'static str, arguments: A) -> OneWay<A> {
        let call: Call<A, Empty> = self.call(msg_type, arguments, &[]);
        OneWay::new(call)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}
