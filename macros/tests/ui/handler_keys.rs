//! Unknown and duplicate arguments of `#[handler]`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(kind = "add", type = "add")]
    fn add(&self) {}

    #[handler(type = "read", reply = "value", type = "get")]
    fn read(&self) -> u64 {
        0
    }

    #[handler("list")]
    fn list(&self) {}

    #[handler = "equals"]
    fn equals(&self) {}

    #[handler(type = "again")]
    #[handler(type = "again_and_again")]
    fn again(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
