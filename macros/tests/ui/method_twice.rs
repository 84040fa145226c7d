//! Two methods with the same name, which the compiler reports.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn add(&self) {}

    #[handler]
    fn add(&self) {}

    #[handler(type = "one")]
    fn read(&self) {}

    #[handler(type = "other")]
    fn read(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
