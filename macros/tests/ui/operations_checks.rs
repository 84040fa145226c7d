//! A workload has a check, and operations that are drawn.

use mael_sim::{operations, workload};

#[workload]
struct Unchecked;

#[operations]
impl Unchecked {
    #[operation(reply = "value")]
    fn read(&self) -> u64;
}

#[workload]
struct Empty;

#[operations]
impl Empty {}

#[workload]
struct Never;

#[operations]
impl Never {
    #[operation(weight = 0)]
    fn write(&self);

    #[check]
    fn all(&self, _: &mael_sim::declared::Typed<Self>) -> mael_sim::declared::Verdict {
        mael_sim::declared::Findings::default().into_verdict()
    }
}

#[workload]
enum Shape {
    A,
}

fn main() {}
