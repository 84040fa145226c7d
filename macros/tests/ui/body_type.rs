//! The type of a `#[body]` must be a message.

use mael::prelude::*;

#[mael::message]
enum Choice {
    One,
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn number(&self, #[body] number: u64) {
        let _ = number;
    }

    #[handler]
    fn choice(&self, #[body] choice: Choice) {
        let _ = choice;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
