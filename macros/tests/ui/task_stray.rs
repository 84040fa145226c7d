//! `#[init]`, `#[every]` and `#[task]` outside of an `impl` block with `#[handlers]`.

use mael::prelude::*;

#[node]
struct X;

impl X {
    #[every(ms = 200)]
    fn gossip(&self) {}

    #[init]
    fn load(&self) {}
}

#[handler]
fn free() {}

fn main() {}
