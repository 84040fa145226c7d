//! The two attributes, each above what the other one marks.

use mael::prelude::*;

#[handlers]
struct X;

#[node]
impl X {}

fn main() {}
