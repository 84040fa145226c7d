//! Two handlers for the same message type, and two message types with the same variant name.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}

    #[handler(type = "add")]
    fn add_more(&self) {}

    #[handler(type = "list_things")]
    fn list(&self) {}

    #[handler(type = "list-things")]
    fn list_more(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
