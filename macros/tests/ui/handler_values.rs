//! Argument values that are not string literals.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = 5)]
    fn add(&self) {}

    #[handler(type = add)]
    fn add_more(&self) {}

    #[handler(type = )]
    fn add_nothing(&self) {}

    #[handler(type = "read", reply = value)]
    fn read(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
