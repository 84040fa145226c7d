//! A period is a positive number with one unit.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[every]
    fn nothing(&self) {}

    #[every()]
    fn empty(&self) {}

    #[every(200)]
    fn bare(&self) {}

    #[every(minutes = 5)]
    fn unit(&self) {}

    #[every(ms = 200, secs = 1)]
    fn both(&self) {}

    #[every(ms = 0)]
    fn zero(&self) {}

    #[every(secs = "1")]
    fn text(&self) {}

    #[every(ms = )]
    fn missing(&self) {}

    #[every(ms = 1)]
    #[every(ms = 2)]
    fn twice(&self) {}

    #[every(ms = 1)]
    fn parameter(&self, key: String) {
        let _ = key;
    }

    #[every(ms = 1)]
    fn value(&self) -> u64 {
        0
    }

    #[every(ms = 1)]
    async fn unclear(&self) -> std::fmt::Result {
        Ok(())
    }

    #[every(ms = 1)]
    fn exclusive(&mut self) {}

    #[every(ms = 1)]
    fn generic<T>(&self) {}

    #[every(ms = 1)]
    #[handler]
    fn role(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
