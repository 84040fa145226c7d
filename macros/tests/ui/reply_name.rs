//! Invalid names of reply fields, and names without a return value.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "nothing", reply = "value")]
    fn nothing(&self) {}

    #[handler(type = "nothing_or_error", reply = "value")]
    async fn nothing_or_error(&self) -> mael::Result<()> {
        Ok(())
    }

    #[handler(type = "empty", reply = "")]
    fn empty(&self) -> u64 {
        1
    }

    #[handler(type = "reserved", reply = "in_reply_to")]
    fn reserved(&self) -> u64 {
        1
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
