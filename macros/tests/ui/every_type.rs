//! A period that is not a number, and an error type that can't be reported.

use mael::prelude::*;

#[node]
struct X {
    name: String,
}

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[every(ms = self.name)]
    fn period(&self) {}

    #[every(ms = self.pause)]
    fn field(&self) {}

    #[every(secs = 1)]
    fn error(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }

    #[every(secs = 1)]
    async fn error_later(&self) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
