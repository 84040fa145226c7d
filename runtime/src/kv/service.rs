//! The differences between the key-value services.

use super::requests::Kv;
use crate::Result;
use crate::node::Init;

/// A key-value service.
pub(crate) trait Service: Sized {
    /// The ID of the service.
    const NAME: &'static str;

    fn from_init(init: &Init) -> Self;
}

/// A service with a total order of requests, so that a compare-and-set detects concurrent changes.
pub(crate) trait Ordered: Service {
    /// Makes sure that the next read sees the newest state.
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
    /// Reads always see the newest state.
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
