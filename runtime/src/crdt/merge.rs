//! State that can be merged.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// State that can be merged with other state, to their least upper bound.
///
/// Merging must be commutative, associative and idempotent, and changes must be monotonic: merging
/// the old state into the new one must not change it (Shapiro et al., 2011, section 2.2.1). Then it
/// does not matter how often, how late or in which order states arrive.
///
/// Sets are merged by union, maps entry by entry, tuples element by element, and [`Max`] by taking
/// the larger value.
///
/// ```
/// use mael::crdt::{Max, Merge};
/// use std::collections::BTreeMap;
///
/// let mut mine = BTreeMap::from([("n1", Max(3)), ("n2", Max(1))]);
/// mine.merge(BTreeMap::from([("n2", Max(2)), ("n3", Max(5))]));
/// assert_eq!(mine, BTreeMap::from([("n1", Max(3)), ("n2", Max(2)), ("n3", Max(5))]));
/// ```
pub trait Merge {
    /// Merges `other` into this state.
    fn merge(&mut self, other: Self);
}

/// A value that only grows, so that the larger of two values is the newer one. Serialized as the
/// value itself.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Max<T>(pub T);

impl<T: Ord> Merge for Max<T> {
    fn merge(&mut self, other: Self) {
        if other.0 > self.0 {
            *self = other;
        }
    }
}

impl<T: Ord> Merge for BTreeSet<T> {
    fn merge(&mut self, other: Self) {
        self.extend(other);
    }
}

impl<K: Ord, V: Merge> Merge for BTreeMap<K, V> {
    fn merge(&mut self, other: Self) {
        use std::collections::btree_map::Entry;
        for (key, theirs) in other {
            match self.entry(key) {
                Entry::Occupied(mut ours) => ours.get_mut().merge(theirs),
                Entry::Vacant(entry) => {
                    entry.insert(theirs);
                }
            }
        }
    }
}

macro_rules! merge_tuples {
    ($($part:ident $index:tt),+) => {
        impl<$($part: Merge),+> Merge for ($($part,)+) {
            fn merge(&mut self, other: Self) {
                $(self.$index.merge(other.$index);)+
            }
        }
    };
}

merge_tuples!(A 0, B 1);
merge_tuples!(A 0, B 1, C 2);
merge_tuples!(A 0, B 1, C 2, D 3);
