//! A handler without a type.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn add(&self) {}

    #[handler()]
    fn read(&self) {}

    #[handler(reply = "value")]
    fn get(&self) -> u64 {
        0
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
