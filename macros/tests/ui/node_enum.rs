//! A node can't be an enum.

use mael::prelude::*;

#[node]
enum X {
    One,
}

#[handlers]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
