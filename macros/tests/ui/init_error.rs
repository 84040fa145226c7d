//! An error type that can't be converted to `mael::Error`, in `#[init]`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[init]
    fn error(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
