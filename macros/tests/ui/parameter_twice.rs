//! Two parameters with the same name, which the compiler reports, and two for the same field.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn name(&self, value: u64, value: u64) {
        let _ = value;
    }

    #[handler]
    fn field(&self, value: u64, #[serde(rename = "value")] other: u64) {
        let _ = (value, other);
    }

    #[handler]
    fn field_first(&self, #[serde(rename = "value")] other: u64, value: u64) {
        let _ = (value, other);
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
