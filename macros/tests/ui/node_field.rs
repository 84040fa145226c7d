//! A field whose type implements neither `Default` nor `FromInit`.

use mael::prelude::*;

#[node]
struct X {
    id: NodeId,
    file: std::fs::File,
    files: Option<std::fs::File>,
}

#[node]
struct Y(std::num::NonZero<u8>);

#[handlers]
impl X {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
