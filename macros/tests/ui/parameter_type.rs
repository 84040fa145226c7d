//! Parameter types that are not supported.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "text")]
    fn text(&self, text: &str) {
        let _ = text;
    }

    #[handler(type = "list")]
    fn list(&self, list: Vec<&'static str>) {
        let _ = list;
    }

    #[handler(type = "any")]
    fn any(&self, any: impl Into<u64>) {
        let _ = any.into();
    }

    #[handler(type = "own")]
    fn own(&self, own: Self) {
        let _ = own;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
