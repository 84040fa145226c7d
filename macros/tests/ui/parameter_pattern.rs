//! A parameter can't be a pattern.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "tuple")]
    fn tuple(&self, (a, b): (u64, u64)) {
        let _ = (a, b);
    }

    #[handler(type = "ignored")]
    fn ignored(&self, _: u64) {}

    #[handler(type = "reference")]
    fn reference(&self, ref value: u64) {
        let _ = value;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
