//! `#[handlers]` on a trait impl.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl Clone for X {
    #[handler(type = "clone")]
    fn clone(&self) -> Self {
        X
    }
}

fn main() {}
