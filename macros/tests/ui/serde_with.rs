//! A `with` module without `serialize`.

use mael::prelude::*;

mod reading {
    use mael::serde::{Deserialize, Deserializer};

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        u64::deserialize(deserializer)
    }
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn one(&self, #[serde(with = "reading")] value: u64) {
        let _ = value;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
