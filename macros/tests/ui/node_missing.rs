//! `#[handlers]` on a struct without `#[node]`.

use mael::prelude::*;

struct X;

#[handlers]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() {}
