//! A node without handlers.

use mael::prelude::*;

#[node]
struct X;

impl X {}

fn main() -> ExitCode {
    mael::run::<X>()
}
