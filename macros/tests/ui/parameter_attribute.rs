//! Unsupported attributes on parameters.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "one")]
    fn one(&self, #[source] from: NodeId, #[validate] value: u64) {
        let _ = (from, value);
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
