//! A map below a lock: what was inserted last in the value itself, all else in a tree of entries.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Entries, EntryId, Hold};
use crate::{Error, Result};

/// How many pairs the value itself holds at most.
const MOST_RECENT: usize = 32;

/// How many pairs or children a node of the tree has at most.
const MOST_IN_NODE: usize = 32;

/// A map of any size, as the value of a [`Lock`](crate::Lock) or a part of it.
///
/// The value of a lock is sent with each of its changes, so it has to be small. This map keeps the
/// 32 pairs that were inserted last in the value, so that most insertions need nothing else. When
/// there are more, it merges them into a search tree whose nodes are [entries](EntryId) and never
/// change: those on the way to the new pairs are written anew, and the others stay where they are.
/// (So a log-structured merge tree of two components, O'Neil et al., Acta Informatica 33, 1996,
/// above a persistent B+ tree by path copying, Driscoll et al., JCSS 38, 1989, section 2.)
///
/// A copy of the map is a snapshot of it, which stays readable for ever, without the lock. Reading
/// a key takes as many requests as there are levels of the tree that this node does not know yet.
///
/// ```
/// use mael::lock::Map;
/// use mael::prelude::*;
///
/// #[node]
/// struct Names {
///     names: Lock<Map<u64, String>>,
/// }
///
/// #[handlers]
/// impl Names {
///     #[handler(type = "write")]
///     async fn write(&self, key: u64, value: String) -> mael::Result<()> {
///         self.names
///             .with(async |names, hold| names.insert(hold, key, value.clone()).await)
///             .await
///     }
///
///     #[handler(type = "read", reply = "value")]
///     async fn read(&self, key: u64) -> mael::Result<Option<String>> {
///         let names = self.names.peek().await?;
///         names.get(&self.names, &key).await
///     }
/// }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Map<K, V> {
    /// What was inserted last, in the order of the keys. It hides what the tree says of them.
    recent: Vec<(K, V)>,
    tree: Option<EntryId<Node<K, V>>>,
}

/// A node of the tree.
#[derive(Serialize, Deserialize)]
enum Node<K, V> {
    /// Pairs in the order of their keys.
    Leaf(Vec<(K, V)>),
    /// Nodes, each with the lowest key that it had when it was made, in that order.
    Branch(Vec<Child<K, V>>),
}

type Child<K, V> = (K, EntryId<Node<K, V>>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self {
            recent: Vec::new(),
            tree: None,
        }
    }
}

impl<K, V> Map<K, V>
where
    K: Clone + Ord + Serialize + DeserializeOwned,
    V: Clone + Serialize + DeserializeOwned,
{
    /// The value of a key. `entries` is the lock, or a hold of it.
    ///
    /// # Errors
    /// Code 13 when the entries are missing or something else.
    pub async fn get(&self, entries: &impl AsRef<Entries>, key: &K) -> Result<Option<V>> {
        if let Some(value) = find(&self.recent, key) {
            return Ok(Some(value));
        }
        let mut next = self.tree.clone();
        while let Some(id) = next {
            match entries.as_ref().get(&id).await? {
                Node::Leaf(pairs) => return Ok(find(&pairs, key)),
                Node::Branch(children) => {
                    let child = children.get(child_of(&children, key));
                    next = child.map(|(_, id)| id.clone());
                }
            }
        }
        Ok(None)
    }

    /// The first pairs from a key on, at most so many. `entries` is the lock, or a hold of it.
    ///
    /// # Errors
    /// Code 13 when the entries are missing or something else.
    pub async fn range(
        &self,
        entries: &impl AsRef<Entries>,
        from: &K,
        most: usize,
    ) -> Result<Vec<(K, V)>> {
        let mut found = BTreeMap::new();
        let mut next: Vec<_> = self.tree.iter().cloned().collect();
        while found.len() < most
            && let Some(id) = next.pop()
        {
            match entries.as_ref().get(&id).await? {
                Node::Leaf(pairs) => found.extend(pairs.into_iter().filter(|(key, _)| key >= from)),
                Node::Branch(children) => {
                    let first = child_of(&children, from);
                    let rest = children.into_iter().skip(first);
                    next.extend(rest.rev().map(|(_, id)| id));
                }
            }
        }
        let recent = self.recent.iter().filter(|(key, _)| key >= from);
        found.extend(recent.cloned());
        Ok(found.into_iter().take(most).collect())
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// Code 13 when the pairs have no form in JSON, or the entries are missing or something else.
    pub async fn insert(&mut self, hold: &Hold, key: K, value: V) -> Result<()> {
        match self.recent.binary_search_by(|(recent, _)| recent.cmp(&key)) {
            Ok(place) => self.recent[place].1 = value,
            Err(place) => self.recent.insert(place, (key, value)),
        }
        if self.recent.len() > MOST_RECENT {
            let mut level = merged(hold, self.tree.clone(), self.recent.clone()).await?;
            while level.len() > 1 {
                level = put(hold, &level, Node::Branch).await?;
            }
            self.tree = level.pop().map(|(_, root)| root);
            self.recent.clear();
        }
        Ok(())
    }
}

fn find<K: Ord, V: Clone>(pairs: &[(K, V)], key: &K) -> Option<V> {
    let place = pairs.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
    Some(pairs[place].1.clone())
}

/// Which child has a key, if any has. The first one also takes keys that are lower than all.
fn child_of<K: Ord, V>(children: &[Child<K, V>], key: &K) -> usize {
    let not_above = children.partition_point(|(lowest, _)| lowest <= key);
    not_above.saturating_sub(1)
}

/// The nodes that take the place of a node once new pairs are merged into it.
async fn merged<K, V>(
    hold: &Hold,
    node: Option<EntryId<Node<K, V>>>,
    new: Vec<(K, V)>,
) -> Result<Vec<Child<K, V>>>
where
    K: Clone + Ord + Serialize + DeserializeOwned,
    V: Clone + Serialize + DeserializeOwned,
{
    let node = match node {
        Some(id) => hold.get(&id).await?,
        None => Node::Leaf(Vec::new()),
    };
    let children = match node {
        Node::Leaf(old) => {
            let pairs: BTreeMap<K, V> = old.into_iter().chain(new).collect();
            let pairs: Vec<(K, V)> = pairs.into_iter().collect();
            return put(hold, &pairs, Node::Leaf).await;
        }
        Node::Branch(children) => children,
    };
    let mut new_of_child: Vec<Vec<(K, V)>> = children.iter().map(|_| Vec::new()).collect();
    for pair in new {
        match new_of_child.get_mut(child_of(&children, &pair.0)) {
            Some(new) => new.push(pair),
            None => return Err(Error::crash("a node of the tree has no children")),
        }
    }
    let mut replaced = Vec::new();
    for ((lowest, id), new) in children.into_iter().zip(new_of_child) {
        if new.is_empty() {
            replaced.push((lowest, id));
        } else {
            replaced.extend(Box::pin(merged(hold, Some(id), new)).await?);
        }
    }
    put(hold, &replaced, Node::Branch).await
}

/// Writes items as nodes of one level.
async fn put<K, V, I>(
    hold: &Hold,
    items: &[(K, I)],
    node: impl Fn(Vec<(K, I)>) -> Node<K, V>,
) -> Result<Vec<Child<K, V>>>
where
    K: Clone + Serialize,
    V: Serialize,
    I: Clone,
{
    let mut nodes = Vec::new();
    for items in items.chunks(MOST_IN_NODE) {
        let id = hold.put(&node(items.to_vec())).await?;
        nodes.push((items[0].0.clone(), id));
    }
    Ok(nodes)
}
