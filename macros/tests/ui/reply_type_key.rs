//! Invalid values of `reply_type`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(reply_type = "error")]
    fn reserved(&self) {}

    #[handler(reply_type = "")]
    fn empty(&self) {}

    #[handler(reply_type = done)]
    fn bare(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
