//! Unique ids: the node's name, a number drawn at its start, and a count.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;
use mael::{random, time};

use super::Options;

/// A node that makes ids.
#[node]
pub struct UniqueIds {
    id: NodeId,
    flags: Flags<Options<Bug>>,
    nonce: OnceCell<u64>,
    count: Cell<u64>,
}

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// Its ids do not say which node made them.
    Nameless,
    /// It counts from the beginning again after a restart.
    CountsAgain,
    /// Its ids are a time in milliseconds.
    TellsTheTime,
    /// Its ids are drawn from too few.
    DrawsFromFew,
}

#[handlers]
impl UniqueIds {
    /// Makes an id.
    #[handler(reply = "id")]
    fn generate(&self) -> String {
        let count = self.count.replace(self.count.get() + 1);
        let nonce = *self.nonce.get_or_init(random::u64);
        match () {
            () if self.flags.has(Bug::Nameless) => format!("{count}"),
            () if self.flags.has(Bug::CountsAgain) => format!("{}-{count}", self.id),
            () if self.flags.has(Bug::TellsTheTime) => {
                format!("{}", time::now().as_nanos() / 1_000_000)
            }
            () if self.flags.has(Bug::DrawsFromFew) => format!("{}", random::range(0..5000)),
            () => format!("{}-{nonce}-{count}", self.id),
        }
    }
}
