//! A mistake in a handler's body is reported once, where it is.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "add", reply = "sum")]
    fn add(&self, _delta: u64) -> u64 {
        "1"
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
