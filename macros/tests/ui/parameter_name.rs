//! Field names that the protocol reserves.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "one")]
    fn one(&self, r#type: String, msg_id: u64, in_reply_to: u64) {
        let _ = (r#type, msg_id, in_reply_to);
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
