//! `#[every]` is only allowed on methods.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[every(ms = 200)]
    const LIMIT: u64 = 1;

    #[handler]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
