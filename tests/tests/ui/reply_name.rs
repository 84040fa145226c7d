//! A reply's field needs a name, and nothing needs none.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "unnamed")]
    fn unnamed(&self) -> u64 {
        1
    }

    #[handler(type = "unnamed_result")]
    fn unnamed_result(&self) -> mael::Result<Vec<u64>> {
        Ok(vec![])
    }

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
