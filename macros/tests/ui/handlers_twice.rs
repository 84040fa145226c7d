//! Two blocks of handlers, where a node has one. Here the compiler itself is what refuses.

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
