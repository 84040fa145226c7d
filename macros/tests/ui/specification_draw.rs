//! A strategy draws values of the parameter's type.

use mael::prelude::*;
use mael_sim::specification;

#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct X;

#[specification]
#[handlers]
impl X {
    #[handler]
    fn write(&self, #[draw(0..5)] value: String) {
        let _ = value;
    }
}

fn main() {}
