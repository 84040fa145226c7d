//! A handler must take `&self`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "none")]
    fn none() {}

    #[handler(type = "value")]
    fn value(self) {}

    #[handler(type = "exclusive")]
    fn exclusive(&mut self, value: u64) {
        let _ = value;
    }

    #[handler(type = "typed")]
    fn typed(self: Rc<Self>) {}

    #[handler(type = "named")]
    fn named<'a>(&'a self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
