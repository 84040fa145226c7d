//! A handler marked `fallible` that returns a message instead of a `Result`.

use mael::prelude::*;

#[mael::message]
struct Page {
    more: bool,
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler(fallible)]
    fn page(&self) -> Page {
        Page { more: false }
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
