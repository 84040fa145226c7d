//! The type of a `#[src]` parameter must be `NodeId`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "one")]
    fn one(&self, #[src] from: String) {
        let _ = from;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
