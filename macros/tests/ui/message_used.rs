//! An error in a message is reported once, however often the message is used.

use mael::prelude::*;

#[mael::message]
struct Pair(u64, u64);

#[mael::message]
union Bits {
    number: u64,
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn pair(&self, #[body] pair: Pair) -> Pair {
        pair
    }

    #[handler]
    fn bits(&self, #[body] bits: Bits) {
        let _ = bits;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
