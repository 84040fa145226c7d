//! A parameter type that can't be deserialized.

use mael::prelude::*;

struct Opaque;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "one")]
    fn one(&self, value: Opaque) {
        let _ = value;
    }

    #[handler(type = "several")]
    fn several(&self, key: String, value: Opaque) {
        let _ = (key, value);
    }

    #[handler(type = "list")]
    fn list(&self, values: Vec<Opaque>) {
        let _ = values;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
