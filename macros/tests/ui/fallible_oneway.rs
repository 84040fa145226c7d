//! A `oneway` handler that returns an alias of `Result` requires `fallible`.

use mael::prelude::*;

type Done = mael::Result<()>;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(oneway)]
    fn receive(&self) -> Done {
        Ok(())
    }

    #[handler(oneway, fallible)]
    fn log(&self) -> Done {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
