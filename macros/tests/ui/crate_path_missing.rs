//! A path of `mael` that does not exist.

use mael::prelude::*;

#[node(crate = "::no_such_crate")]
struct X;

fn main() {}
