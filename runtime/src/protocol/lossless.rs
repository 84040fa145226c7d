//! Values that are the same after they were written and read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::NodeId;

/// A value that always has a form in JSON, and of which reading that form gives an equal value.
///
/// The arguments of a call travel as they are to a node in the same process if all of them are such
/// values, and so do the fields of a reply; anything else travels as bytes, so that a node meets in a
/// simulation what it meets as a process. Not among them are floating point, of which JSON has no
/// infinities, types whose order is not that of their values, such as `HashMap`, and types of other
/// crates and of yours, whose `Serialize` and `Deserialize` may do what they like.
pub trait Lossless: Sealed + Serialize + Clone + 'static {}

/// A lossless value that is never null, so that an `Option` of it is lossless too.
pub trait NeverNull: Lossless {}

/// A lossless value that can be a key of an object.
pub trait Key: NeverNull + Ord {}

mod sealed {
    pub trait Sealed {}
}

use sealed::Sealed;

macro_rules! lossless {
    ($Marker:ident: $($Type:ty),*) => {
        $(lossless!(impl () $Type: $Marker);)*
    };
    (impl ($($parameters:tt)*) $Type:ty: Key) => {
        lossless!(impl ($($parameters)*) $Type: NeverNull);
        impl<$($parameters)*> Key for $Type {}
    };
    (impl ($($parameters:tt)*) $Type:ty: NeverNull) => {
        lossless!(impl ($($parameters)*) $Type: Lossless);
        impl<$($parameters)*> NeverNull for $Type {}
    };
    (impl ($($parameters:tt)*) $Type:ty: Lossless) => {
        impl<$($parameters)*> Sealed for $Type {}
        impl<$($parameters)*> Lossless for $Type {}
    };
}

lossless!(Key: i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, String, NodeId);
lossless!(NeverNull: bool, char, i128, u128);
lossless!(impl (T: NeverNull) Option<T>: Lossless);
lossless!(impl (T: Lossless) Vec<T>: NeverNull);
lossless!(impl (T: Lossless + Ord) BTreeSet<T>: NeverNull);
lossless!(impl (K: Key, V: Lossless) BTreeMap<K, V>: NeverNull);

// The unit is null.
lossless!(Lossless: ());
lossless!(impl (A: Lossless) (A,): NeverNull);
lossless!(impl (A: Lossless, B: Lossless) (A, B): NeverNull);
lossless!(impl (A: Lossless, B: Lossless, C: Lossless) (A, B, C): NeverNull);
lossless!(impl (A: Lossless, B: Lossless, C: Lossless, D: Lossless) (A, B, C, D): NeverNull);
lossless!(
    impl (A: Lossless, B: Lossless, C: Lossless, D: Lossless, E: Lossless) (A, B, C, D, E): NeverNull
);
lossless!(
    impl (A: Lossless, B: Lossless, C: Lossless, D: Lossless, E: Lossless, F: Lossless)
    (A, B, C, D, E, F): NeverNull
);
