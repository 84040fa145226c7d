//! Nodes can't be generic.

use mael::prelude::*;

#[node]
struct X<T: 'static> {
    value: Option<T>,
}

#[handlers]
impl<T: 'static> X<T> {
    #[handler(type = "add")]
    fn add(&self) {}
}

#[node]
struct Y<'a, const N: usize>([Option<&'a str>; N]);

#[handlers]
impl Y<'static, 2> {
    #[handler(type = "add")]
    fn add(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X<u64>>()
}
