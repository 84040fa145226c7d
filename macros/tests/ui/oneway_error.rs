//! An error type that can't be logged, in a `oneway` handler.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(oneway)]
    fn now(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }

    #[handler(oneway)]
    async fn later(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
