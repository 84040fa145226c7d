//! Invalid uses of `#[task]`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[task]
    fn at_once(&self) {}

    #[task(now)]
    async fn arguments(&self) {}

    #[task]
    async fn parameter(&self, key: String) {
        drop(key);
    }

    #[task]
    async fn alone() {}

    #[task]
    #[every(ms = 100)]
    async fn both(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
