//! `#[handlers]` recognizes attributes only by their original names.

use mael::handler as answers;
use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[answers]
    fn write(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
