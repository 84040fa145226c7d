//! Handlers of a generic struct.

use mael::prelude::*;

#[node]
struct X;

struct Y<T>(T);

#[handlers]
impl<T> Y<T> {
    #[handler(type = "add")]
    fn add(&self) {}
}

#[handlers]
impl Y<u64> {
    #[handler(type = "add_u64")]
    fn add_u64(&self) {}
}

#[handlers]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
