//! A handler outside of `#[handlers]`.

use mael::prelude::*;

#[node]
struct X;

impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() {}
