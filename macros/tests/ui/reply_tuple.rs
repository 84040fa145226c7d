//! Each element of a tuple must have a name.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(reply("a", "b", "c"))]
    fn fewer(&self) -> (u64, u64) {
        (0, 0)
    }

    #[handler(reply("a", "b"))]
    fn more(&self) -> mael::Result<(u64, u64, String)> {
        Ok((0, 0, String::new()))
    }

    #[handler(reply("a", "b"))]
    fn single(&self) -> u64 {
        0
    }

    #[handler(reply("a", "b"))]
    fn nothing(&self) {}

    #[handler(reply("a", "a"))]
    fn twice(&self) -> (u64, u64) {
        (0, 0)
    }

    #[handler(reply("a", "type"))]
    fn reserved(&self) -> (u64, u64) {
        (0, 0)
    }

    #[handler(reply("a"))]
    fn alone(&self) -> u64 {
        0
    }

    #[handler(reply(a, b))]
    fn bare(&self) -> (u64, u64) {
        (0, 0)
    }

    #[handler(reply())]
    fn empty(&self) -> (u64, u64) {
        (0, 0)
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
