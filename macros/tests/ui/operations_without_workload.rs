//! The struct of operations is marked `#[workload]`.

use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::operations;

#[derive(Clone)]
struct X;

#[operations]
impl X {
    #[operation(reply = "value")]
    fn read(&self) -> u64;

    #[check]
    fn nothing(&self, _: &Typed<Self>) -> Verdict {
        Findings::default().into_verdict()
    }
}

fn main() {}
