//! A deadline is a positive number of milliseconds, for `async` handlers only.

use mael::prelude::*;

#[node(deadline_ms = 0, rpc_timeout_ms = "1s")]
struct X;

#[handlers]
impl X {
    #[handler(deadline_ms = 0)]
    async fn zero(&self) {}

    #[handler(deadline_ms = "900")]
    async fn text(&self) {}

    #[handler(deadline_ms = 1.5)]
    async fn fraction(&self) {}

    #[handler(deadline_ms)]
    async fn nothing(&self) {}

    #[handler(deadline_ms = 900)]
    fn now(&self) {}

    #[handler(deadline = 900)]
    async fn key(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
