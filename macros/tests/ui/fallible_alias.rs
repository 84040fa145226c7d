//! An alias of `Result` requires `fallible`.

use mael::prelude::*;

type Fallible<T> = mael::Result<T>;
type Text = Result<String, String>;
type Done = mael::Result<()>;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "number", reply = "value")]
    fn number(&self) -> Fallible<u64> {
        Ok(1)
    }

    #[handler(type = "text", reply = "value")]
    fn text(&self) -> Text {
        Ok(String::new())
    }

    #[handler(type = "later", reply = "value")]
    async fn later(&self) -> Text {
        Ok(String::new())
    }

    #[handler(type = "pair", reply("a", "b"))]
    fn pair(&self) -> (u64, Text) {
        (1, Ok(String::new()))
    }

    #[handler(type = "nothing")]
    fn nothing(&self) -> Done {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
