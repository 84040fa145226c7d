//! A reply that is not a message requires a name for its field.

use mael::prelude::*;

struct Plain {
    value: u64,
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn number(&self) -> u64 {
        1
    }

    #[handler]
    fn list(&self) -> Vec<u64> {
        vec![]
    }

    #[handler]
    fn pair(&self) -> (u64, String) {
        (1, String::new())
    }

    #[handler]
    fn plain(&self) -> Plain {
        Plain { value: 1 }
    }

    #[handler]
    fn maybe(&self) -> Option<u64> {
        None
    }

    #[handler]
    async fn later(&self) -> mael::Result<u64> {
        Ok(1)
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
