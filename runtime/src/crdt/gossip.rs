//! State that is replicated by gossip.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Merge;
use crate::node::{Field, FromInit, GOSSIP, GossipField, Init, every};
use crate::protocol::{Body, BodyWriter, Encode};
use crate::rpc::Net;
use crate::{NodeId, Result};

/// State that is replicated to all nodes by gossip. Dereferences to a [`RefCell`] with this node's
/// copy.
///
/// Every `MS` milliseconds, each node sends its copy to all others, which [merge](Merge) it into
/// theirs. The message has the type `gossip`, and one field with the name of the node's field, or
/// its `#[key("...")]`: `{"type":"gossip","slots":{"n1":3}}`. It is not acknowledged, since the
/// next round repeats it. A round with n nodes costs n (n - 1) messages, each with the whole state.
/// A change reaches all other nodes within one period and one hop, or in the first round without
/// message loss.
///
/// A field of this type starts with the `Default` of the state. The first round is one period after
/// `init` was answered. A node with such a field can't have a handler of type `gossip`: its `init`
/// fails.
///
/// ```
/// use mael::prelude::*;
/// use mael::crdt::Max;
///
/// /// Keeps the best score of each player.
/// #[node]
/// struct Board {
///     best: Gossip<BTreeMap<String, Max<u64>>, 500>,
/// }
///
/// #[handlers]
/// impl Board {
///     #[handler]
///     fn score(&self, player: String, points: u64) {
///         let mut best = self.best.borrow_mut();
///         let best = best.entry(player).or_default();
///         best.0 = points.max(best.0);
///     }
///
///     #[handler(reply = "player")]
///     fn leader(&self) -> Option<String> {
///         let best = self.best.borrow();
///         best.iter().max_by_key(|(_, points)| **points).map(|(player, _)| player.clone())
///     }
/// }
/// ```
pub struct Gossip<T, const MS: u64 = 200>(Rc<Replica<T>>);

/// One node's copy of the state.
struct Replica<T> {
    key: &'static str,
    period: Duration,
    state: RefCell<T>,
    others: Vec<NodeId>,
    net: Net,
}

impl<T, const MS: u64> Deref for Gossip<T, MS> {
    type Target = RefCell<T>;

    fn deref(&self) -> &RefCell<T> {
        &self.0.state
    }
}

impl<T, const MS: u64> FromInit for Gossip<T, MS>
where
    T: Default + Merge + Serialize + DeserializeOwned + 'static,
{
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        const { assert!(MS > 0, "the period of gossip must be at least 1 ms") };
        let others = init.node_ids.iter().filter(|node| **node != init.node_id);
        let replica = Rc::new(Replica {
            key: field.key(),
            period: Duration::from_millis(MS),
            state: RefCell::<T>::default(),
            others: others.cloned().collect(),
            net: init.net().clone(),
        });
        init.gossip_fields().add(replica.clone())?;
        Ok(Self(replica))
    }
}

impl<T: Serialize> Replica<T> {
    /// Sends the state to all other nodes.
    fn send_state(&self) -> Result<()> {
        let (key, state) = (self.key, &*self.state.borrow());
        self.net
            .send_to_all(&self.others, &GossipMessage { key, state })
    }
}

/// A message with the state.
struct GossipMessage<'a, T> {
    key: &'static str,
    state: &'a T,
}

impl<T: Serialize> Encode for GossipMessage<'_, T> {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.message(GOSSIP).own_field(self.key, self.state).end()
    }
}

impl<T: Merge + Serialize + DeserializeOwned + 'static> GossipField for Replica<T> {
    fn key(&self) -> &'static str {
        self.key
    }

    fn start(self: Rc<Self>) {
        every(GOSSIP, self.period, &self, async |replica| {
            replica.send_state()
        });
    }

    fn receive(&self, body: Body<'_>) -> Result<bool> {
        let (state,): (Option<T>,) = body.fields([self.key])?;
        let is_mine = state.is_some();
        if let Some(state) = state {
            self.state.borrow_mut().merge(state);
        }
        Ok(is_mine)
    }
}
