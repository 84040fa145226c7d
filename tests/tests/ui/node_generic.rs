//! A node is one type.

use mael::prelude::*;

#[node]
struct X<T: 'static> {
    value: Option<T>,
}

#[node]
struct Y<'a, const N: usize>([Option<&'a str>; N]);

fn main() -> ExitCode {
    mael::run::<X<u64>>()
}
