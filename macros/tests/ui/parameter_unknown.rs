//! A type that does not exist.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn one(&self, value: Missing) {
        let _ = value;
    }

    #[handler(reply = "value")]
    fn other(&self) -> Absent {
        Absent
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
