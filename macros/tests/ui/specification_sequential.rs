//! Sequential consistency does not compose.

use mael::prelude::*;
use mael_sim::specification;

#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct X;

#[specification(sequential)]
#[handlers]
impl X {
    #[handler]
    fn write(&self, #[key] #[draw(0..5)] key: u64) {
        let _ = key;
    }

    #[handler]
    fn clear(&self) {}
}

fn main() {}
