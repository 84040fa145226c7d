//! Ways through the cluster.

/// The way that what a client tells one node takes to all others.
///
/// [`Peers::onward`](crate::Peers::onward) gives the next nodes on it. With the feature `clap` it
/// can be the value of a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Overlay {
    /// From the node that was told, the root of a tree of its own, to all others: one hop.
    #[default]
    Star,
    /// From each node to its neighbours, as the `topology` message says.
    Topology,
}
