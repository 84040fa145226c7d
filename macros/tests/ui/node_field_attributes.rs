//! Invalid `#[key]` and `#[lease]` attributes.

use mael::prelude::*;

#[node]
struct X {
    #[key]
    bare: u64,
    #[key(5)]
    number: u64,
    #[key("")]
    empty: u64,
    #[key("a")]
    #[key("b")]
    twice: u64,
    #[lease]
    no_time: u64,
    #[lease(ms = 0)]
    zero: u64,
    #[lease(hours = 1)]
    unit: u64,
}

#[handlers]
impl X {
    #[handler]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
