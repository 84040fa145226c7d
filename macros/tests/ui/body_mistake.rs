//! An error in the body of a handler is reported once, at its location.

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
