//! An impl block without a handler.

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
