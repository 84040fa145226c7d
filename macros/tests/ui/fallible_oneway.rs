//! A `oneway` handler may fail, which another name of `Result` does not say.

use mael::prelude::*;

type Done = mael::Result<()>;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(oneway)]
    fn hear(&self) -> Done {
        Ok(())
    }

    #[handler(oneway, fallible)]
    fn listen(&self) -> Done {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
