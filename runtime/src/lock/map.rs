//! A map protected by a lock: the latest pairs are in the value itself, the others in a tree of
//! entries.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Entries, EntryId, Transaction};
use crate::{Error, Result};

/// The maximum number of pairs in the value itself.
const MAX_RECENT: usize = 32;

/// The maximum number of pairs or children of a tree node.
const MAX_NODE_LEN: usize = 32;

/// A map of any size, as the value of a [`Lock`](crate::Lock) or a part of it.
///
/// The value of a lock is sent with each of its changes, so it has to be small. This map keeps up
/// to 32 recently inserted pairs in the value, so that most insertions write nothing else. When
/// there are more, it merges them into a search tree whose nodes are immutable [entries](EntryId):
/// the nodes on the paths to the new pairs are copied, and the others are shared with the old tree.
/// (This is a log-structured merge tree of two components, O'Neil et al., Acta Informatica 33,
/// 1996, over a persistent B+ tree with path copying, Driscoll et al., JCSS 38, 1989, section 2.)
///
/// A clone of the map is a snapshot, which can be read at any later time without the lock. Reading
/// a key takes one request for each level of the tree that this node has not cached.
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
///             .update(async |names, tx| names.insert(tx, key, value.clone()).await)
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
    /// Recently inserted pairs, sorted by key. They override the pairs in the tree.
    recent: Vec<(K, V)>,
    tree: Option<EntryId<TreeNode<K, V>>>,
}

/// A node of the tree, and the format of its entry in the store.
#[derive(Serialize, Deserialize)]
enum TreeNode<K, V> {
    /// Pairs, sorted by key.
    Leaf(Vec<(K, V)>),
    /// Child nodes, sorted by the lowest key that each had when it was written.
    Branch(Vec<Child<K, V>>),
}

type Child<K, V> = (K, EntryId<TreeNode<K, V>>);

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
    /// Returns the value of a key. `entries` is the lock, or a transaction of it.
    ///
    /// # Errors
    /// Returns error 13 if a tree node can't be read.
    pub async fn get(&self, entries: &impl AsRef<Entries>, key: &K) -> Result<Option<V>> {
        if let Some(value) = find(&self.recent, key) {
            return Ok(Some(value));
        }
        let mut next = self.tree.clone();
        while let Some(id) = next {
            match entries.as_ref().get(&id).await? {
                TreeNode::Leaf(pairs) => return Ok(find(&pairs, key)),
                TreeNode::Branch(children) => {
                    let child = children.get(child_of(&children, key));
                    next = child.map(|(_, id)| id.clone());
                }
            }
        }
        Ok(None)
    }

    /// Returns the first pairs with keys greater than or equal to `from`, at most `limit`.
    /// `entries` is the lock, or a transaction of it.
    ///
    /// # Errors
    /// Returns error 13 if a tree node can't be read.
    pub async fn range(
        &self,
        entries: &impl AsRef<Entries>,
        from: &K,
        limit: usize,
    ) -> Result<Vec<(K, V)>> {
        let mut found = BTreeMap::new();
        let mut next: Vec<_> = self.tree.iter().cloned().collect();
        while found.len() < limit
            && let Some(id) = next.pop()
        {
            match entries.as_ref().get(&id).await? {
                TreeNode::Leaf(pairs) => {
                    found.extend(pairs.into_iter().filter(|(key, _)| key >= from));
                }
                TreeNode::Branch(children) => {
                    let first = child_of(&children, from);
                    let rest = children.into_iter().skip(first);
                    next.extend(rest.rev().map(|(_, id)| id));
                }
            }
        }
        let recent = self.recent.iter().filter(|(key, _)| key >= from);
        found.extend(recent.cloned());
        Ok(found.into_iter().take(limit).collect())
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// Returns error 13 if the pairs can't be serialized, or a tree node can't be read.
    pub async fn insert(&mut self, tx: &Transaction, key: K, value: V) -> Result<()> {
        match self.recent.binary_search_by(|(recent, _)| recent.cmp(&key)) {
            Ok(index) => self.recent[index].1 = value,
            Err(index) => self.recent.insert(index, (key, value)),
        }
        if self.recent.len() > MAX_RECENT {
            let mut level = merged(tx, self.tree.clone(), self.recent.clone()).await?;
            while level.len() > 1 {
                level = put(tx, &level, TreeNode::Branch).await?;
            }
            self.tree = level.pop().map(|(_, root)| root);
            self.recent.clear();
        }
        Ok(())
    }
}

fn find<K: Ord, V: Clone>(pairs: &[(K, V)], key: &K) -> Option<V> {
    let index = pairs.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
    Some(pairs[index].1.clone())
}

/// Returns the index of the child whose range includes a key. That of the first child includes all
/// lower keys.
fn child_of<K: Ord, V>(children: &[Child<K, V>], key: &K) -> usize {
    let not_greater = children.partition_point(|(lowest, _)| lowest <= key);
    not_greater.saturating_sub(1)
}

/// Merges new pairs into a tree node, and returns the nodes that replace it.
async fn merged<K, V>(
    tx: &Transaction,
    node: Option<EntryId<TreeNode<K, V>>>,
    new: Vec<(K, V)>,
) -> Result<Vec<Child<K, V>>>
where
    K: Clone + Ord + Serialize + DeserializeOwned,
    V: Clone + Serialize + DeserializeOwned,
{
    let node = match node {
        Some(id) => tx.get(&id).await?,
        None => TreeNode::Leaf(Vec::new()),
    };
    let children = match node {
        TreeNode::Leaf(old) => {
            let pairs: BTreeMap<K, V> = old.into_iter().chain(new).collect();
            let pairs: Vec<(K, V)> = pairs.into_iter().collect();
            return put(tx, &pairs, TreeNode::Leaf).await;
        }
        TreeNode::Branch(children) => children,
    };
    let mut new_by_child: Vec<Vec<(K, V)>> = children.iter().map(|_| Vec::new()).collect();
    for pair in new {
        match new_by_child.get_mut(child_of(&children, &pair.0)) {
            Some(new) => new.push(pair),
            None => return Err(Error::crash("a node of the map's tree has no children")),
        }
    }
    let mut replaced = Vec::new();
    for ((lowest, id), new) in children.into_iter().zip(new_by_child) {
        if new.is_empty() {
            replaced.push((lowest, id));
        } else {
            replaced.extend(Box::pin(merged(tx, Some(id), new)).await?);
        }
    }
    put(tx, &replaced, TreeNode::Branch).await
}

/// Writes items as tree nodes of one level.
async fn put<K, V, I>(
    tx: &Transaction,
    items: &[(K, I)],
    node: impl Fn(Vec<(K, I)>) -> TreeNode<K, V>,
) -> Result<Vec<Child<K, V>>>
where
    K: Clone + Serialize,
    V: Serialize,
    I: Clone,
{
    let mut nodes = Vec::new();
    for items in items.chunks(MAX_NODE_LEN) {
        let id = tx.put(&node(items.to_vec())).await?;
        nodes.push((items[0].0.clone(), id));
    }
    Ok(nodes)
}
