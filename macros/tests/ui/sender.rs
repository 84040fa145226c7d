//! Duplicate and misplaced `#[src]` attributes.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "two")]
    fn two(&self, #[src] from: NodeId, #[src] source: NodeId) {
        let _ = (from, source);
    }

    fn helper(&self, #[src] from: NodeId) {
        let _ = from;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
