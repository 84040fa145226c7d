//! A handler marked `fallible` must return a `Result`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "nothing", fallible)]
    fn nothing(&self) {}

    #[handler(type = "number", reply = "value", fallible)]
    fn number(&self) -> u64 {
        1
    }

    #[handler(type = "list", reply = "value", fallible)]
    async fn list(&self) -> Vec<u64> {
        vec![]
    }

    #[handler(type = "pair", reply("a", "b"), fallible)]
    fn pair(&self) -> (u64, bool) {
        (1, true)
    }

    #[handler(type = "valued", reply = "value", fallible = true)]
    fn valued(&self) -> mael::Result<u64> {
        Ok(1)
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
