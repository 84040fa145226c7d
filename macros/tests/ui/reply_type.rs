//! Reply types that are not supported.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "text", reply = "text")]
    fn text(&self) -> &str {
        ""
    }

    #[handler(type = "list", reply = "list")]
    fn list(&self) -> mael::Result<Vec<std::borrow::Cow<'_, str>>> {
        Ok(vec![])
    }

    #[handler(type = "any", reply = "any")]
    fn any(&self) -> impl Into<u64> {
        1u8
    }

    #[handler(type = "own", reply = "own")]
    fn own(&self) -> Self {
        X
    }

    #[handler(type = "unclear", reply = "value")]
    fn unclear(&self) -> std::fmt::Result {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
