//! What the three services are called, and how they differ.

use super::requests::Kv;
use crate::Result;
use crate::node::Init;

/// A key-value service, as a node sees it.
pub(crate) trait Service: Sized {
    /// Its name on the network.
    const NAME: &'static str;

    fn from_init(init: &Init) -> Self;
}

/// A service that has one order of all requests, so that a compare-and-set tells whether others
/// have come in between.
pub(crate) trait Ordered: Service {
    /// Has what is read next be the newest state.
    async fn catch_up(&self, kv: &Kv) -> Result<()>;
}

/// `lin-kv`.
#[derive(Clone, Copy, Debug)]
pub struct Lin;

impl Service for Lin {
    const NAME: &'static str = "lin-kv";

    fn from_init(_: &Init) -> Self {
        Self
    }
}

impl Ordered for Lin {
    /// It always is.
    async fn catch_up(&self, _: &Kv) -> Result<()> {
        Ok(())
    }
}

/// `lww-kv`.
#[derive(Clone, Copy, Debug)]
pub struct Lww;

impl Service for Lww {
    const NAME: &'static str = "lww-kv";

    fn from_init(_: &Init) -> Self {
        Self
    }
}
