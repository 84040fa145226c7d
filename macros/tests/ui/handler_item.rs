//! Only methods can be handlers.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "limit")]
    const LIMIT: u64 = 1;

    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
