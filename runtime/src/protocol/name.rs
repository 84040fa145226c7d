//! The names in an envelope.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use crate::NodeId;

/// The name of a sender or receiver: borrowed from a line, or a [`NodeId`].
///
/// ```
/// use mael::NodeId;
/// use mael::protocol::Name;
///
/// let id = NodeId::from("n1");
/// let name = Name::from(&id);
/// assert_eq!(&*name, "n1");
/// assert_eq!(NodeId::from(&name), id);
/// ```
#[derive(Clone, Debug)]
pub enum Name<'a> {
    /// Parsed from a line.
    Text(Cow<'a, str>),
    /// A `NodeId`.
    Id(&'a NodeId),
}

impl Deref for Name<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Id(id) => id,
        }
    }
}

impl<'a> From<&'a NodeId> for Name<'a> {
    fn from(id: &'a NodeId) -> Self {
        Self::Id(id)
    }
}

impl From<&Name<'_>> for NodeId {
    fn from(name: &Name<'_>) -> Self {
        match name {
            Name::Text(text) => Self::from(&**text),
            Name::Id(id) => (*id).clone(),
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}
