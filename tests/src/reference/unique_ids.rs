//! Unique ids: the node's id, a random number drawn at its start, and a count.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;
use mael::{random, time};

use super::Options;

/// A node that generates ids.
#[node]
pub struct UniqueIds {
    id: NodeId,
    flags: Flags<Options<Bug>>,
    nonce: OnceCell<u64>,
    count: Cell<u64>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// Its ids do not contain the node's id.
    OmitsNodeId,
    /// It counts from zero again after a restart.
    RestartsCount,
    /// Its ids are timestamps in milliseconds.
    UsesTimestamps,
    /// Its ids are drawn from too small a range.
    DrawsFromSmallRange,
}

#[handlers]
impl UniqueIds {
    /// Generates an id.
    #[handler(reply = "id")]
    fn generate(&self) -> String {
        let count = self.count.replace(self.count.get() + 1);
        let nonce = *self.nonce.get_or_init(random::u64);
        match () {
            () if self.flags.has(Bug::OmitsNodeId) => format!("{count}"),
            () if self.flags.has(Bug::RestartsCount) => format!("{}-{count}", self.id),
            () if self.flags.has(Bug::UsesTimestamps) => {
                format!("{}", time::now().as_nanos() / 1_000_000)
            }
            () if self.flags.has(Bug::DrawsFromSmallRange) => format!("{}", random::range(0..5000)),
            () => format!("{}-{nonce}-{count}", self.id),
        }
    }
}
