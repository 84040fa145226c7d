//! Where `mael` is not found.

use mael::prelude::*;

#[node(crate = "::no_such_crate")]
struct X;

fn main() {}
