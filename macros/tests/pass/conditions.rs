//! Handlers, parameters, attributes and fields with conditions.

#![deny(warnings)]
#![allow(
    dead_code,
    reason = "some methods are not handlers in this configuration"
)]
#![allow(
    clippy::non_minimal_cfg,
    reason = "constant conditions are evaluated at compile time"
)]

use mael::node::Handlers;
use mael::prelude::*;
use mael::time::Duration;

#[node]
struct Conditional {
    #[cfg_attr(all(), key("entries"))]
    #[cfg_attr(any(), lease(ms = 1))]
    entries: Lock<u64>,
    #[cfg(any())]
    absent: Absent,
    #[cfg(all())]
    #[cfg_attr(not(any()), lease(ms = 700), allow(unused))]
    other: Lock<u64>,
}

#[handlers]
impl Conditional {
    #[handler]
    fn plain(&self) {
        let _ = (&self.entries, &self.other);
    }

    #[cfg_attr(not(any()), handler(type = "present"))]
    fn attribute(&self) {}

    #[cfg_attr(any(), handler(type = "never"))]
    fn only_a_method(&self, #[src] from: NodeId) -> Option<NodeId> {
        Some(from)
    }

    #[cfg_attr(any(), handler(type = "left"), inline)]
    #[cfg_attr(not(any()), handler(type = "right"), inline)]
    fn either(&self) {}

    #[cfg_attr(all(), cfg_attr(not(any()), handler, doc = "Nested."))]
    fn nested(
        &self,
        #[cfg_attr(all(), src)] from: NodeId,
        #[cfg(any())] absent: Absent,
        #[cfg(not(any()))] present: u64,
        #[cfg_attr(all(), serde(rename = "at-most"), allow(unused))] limit: u8,
    ) -> mael::Result<()> {
        let _ = (from, present);
        Ok(())
    }

    #[cfg(any())]
    #[handler(type = "present")]
    fn absent(&self) {}

    #[cfg_attr(all(), every(secs = 3))]
    fn tick(&self) {}

    #[cfg_attr(all(), task)]
    async fn run(&self) {}

    #[cfg_attr(any(), init)]
    fn no_start(&self) -> Duration {
        Duration::ZERO
    }

    #[cfg_attr(all(), init)]
    fn start(&self) {}
}

async fn call(peers: &Peers<Conditional>) -> mael::Result<()> {
    for peer in peers {
        peer.attribute().await?;
        peer.either().await?;
        peer.nested(3, 4).await?;
    }
    Ok(())
}

pub(super) fn check() {
    assert_eq!(Conditional::TYPES, ["plain", "present", "right", "nested"]);
    let _ = (call, mael::run::<Conditional>);
}
