//! Message types that a handler can't have.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "init")]
    fn init(&self) {}

    #[handler(type = "error")]
    fn error(&self) {}

    #[handler(type = "")]
    fn empty(&self) {}

    #[handler(type = "--")]
    fn dashes(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
