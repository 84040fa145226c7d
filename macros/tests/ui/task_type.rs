//! Methods other than handlers can't return a value.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[init]
    fn load(&self) -> Option<u64> {
        None
    }

    #[every(secs = 1)]
    fn count(&self) -> u64 {
        1
    }

    #[task]
    async fn run(&self) -> mael::Result<u64> {
        Ok(1)
    }

    #[task]
    async fn fail(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
