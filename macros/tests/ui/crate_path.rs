//! Invalid paths of `mael`.

use mael::prelude::*;

#[node(crate = 5)]
struct X;

#[handlers(crate)]
impl X {
    #[handler]
    fn add(&self) {}
}

#[mael::message(crate = "two words")]
struct Entry {}

fn main() -> ExitCode {
    mael::run::<X>()
}
