//! A `oneway` handler can't name or return a reply.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(oneway, reply = "value")]
    fn named(&self) -> u64 {
        0
    }

    #[handler(oneway, reply("a", "b"))]
    fn several(&self) -> (u64, u64) {
        (0, 0)
    }

    #[handler(oneway, reply_type = "done")]
    fn typed(&self) {}

    #[handler(oneway)]
    fn value(&self) -> u64 {
        0
    }

    #[handler(oneway)]
    fn result(&self) -> mael::Result<u64> {
        Ok(0)
    }

    #[handler(oneway = true)]
    fn assigned(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
