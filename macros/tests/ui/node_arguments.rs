//! Unknown arguments of `#[node]` and `#[handlers]`.

use mael::prelude::*;

#[node(id)]
struct X;

#[handlers(node = "X")]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
