//! An error type that can't be converted to `mael::Error`, in a handler.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "one", reply = "value")]
    fn one(&self) -> Result<u64, std::fmt::Error> {
        Ok(1)
    }

    #[handler(type = "other", reply = "value")]
    async fn other(&self) -> Result<u64, std::fmt::Error> {
        Ok(1)
    }

    #[handler(type = "nothing")]
    async fn nothing(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
