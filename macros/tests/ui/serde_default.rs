//! A default of the wrong type.

use mael::prelude::*;

fn text() -> String {
    String::new()
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn missing(&self, #[serde(default)] value: std::num::NonZero<u8>) {
        let _ = value;
    }

    #[handler]
    fn other(&self, #[serde(default = "text")] value: u64) {
        let _ = value;
    }

    #[handler]
    fn unknown(&self, #[serde(default = "no_such_function")] value: u64) {
        let _ = value;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
