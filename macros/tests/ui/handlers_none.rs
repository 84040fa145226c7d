//! An `impl` block without handlers.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
