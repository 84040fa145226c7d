//! A node with two `#[handlers]` blocks, which the compiler rejects.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

#[handlers]
impl X {
    #[handler(type = "read")]
    fn read(&self) {}
}

fn main() {}
