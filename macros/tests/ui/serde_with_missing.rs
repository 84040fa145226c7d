//! A `with` module that does not exist.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn one(&self, #[serde(with = "no_such_module")] value: u64) {
        let _ = value;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
