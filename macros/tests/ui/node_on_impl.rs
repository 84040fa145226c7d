//! `#[node]` on an `impl` block, and `#[handlers]` on a struct.

use mael::prelude::*;

#[handlers]
struct X;

#[node]
impl X {}

fn main() {}
