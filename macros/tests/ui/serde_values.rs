//! Invalid values of serde attributes on parameters.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn names(&self, #[serde(rename = 5)] a: u64, #[serde(rename)] b: u64) {
        let _ = (a, b);
    }

    #[handler]
    fn paths(&self, #[serde(default = 0)] a: u64, #[serde(with = "two words")] b: u64) {
        let _ = (a, b);
    }

    #[handler]
    fn reserved(&self, #[serde(rename = "msg_id")] a: u64) {
        let _ = a;
    }

    #[handler]
    fn borrowed(&self, #[serde(with = "module")] text: std::borrow::Cow<'_, str>) {
        let _ = text;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
