//! Serde attributes that are not supported on parameters.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn one(&self, #[serde(alias = "two")] one: u64, #[serde(flatten)] more: u64) {
        let _ = (one, more);
    }

    #[handler]
    fn two(&self, #[serde(rename = "a", rename = "b")] one: u64, #[serde("c")] more: u64) {
        let _ = (one, more);
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
