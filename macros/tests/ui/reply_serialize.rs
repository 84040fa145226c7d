//! A reply type that can't be serialized.

use mael::prelude::*;

struct Opaque;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "one", reply = "value")]
    fn one(&self) -> Opaque {
        Opaque
    }

    #[handler(type = "other", reply = "value")]
    async fn other(&self) -> mael::Result<Opaque> {
        Ok(Opaque)
    }

    #[handler(type = "list", reply = "values")]
    fn list(&self) -> Vec<Opaque> {
        vec![]
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
