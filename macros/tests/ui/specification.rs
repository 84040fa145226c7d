//! A specification handles requests at once, by itself, and draws every argument.

use mael::prelude::*;
use mael_sim::specification;
use std::collections::HashMap;

#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct X;

#[specification(eventual)]
#[handlers]
impl X {
    #[handler(weight = -1)]
    fn undrawn(&self, value: i64) {
        let _ = value;
    }

    #[handler(oneway)]
    fn silent(&self) {}

    #[handler(reply = "value")]
    async fn slow(&self) -> i64 {
        1
    }

    #[handler(reply = "counts")]
    fn unordered(&self) -> HashMap<String, u64> {
        HashMap::new()
    }

    #[handler(value = "[key, other]")]
    fn formed(&self, #[draw(0..5)] key: u64, #[draw()] value: u64) {
        let _ = (key, value);
    }

    #[handler]
    fn keyed(&self, #[key] #[draw(0..5)] key: u64, #[src] from: NodeId) {
        let _ = (key, from);
    }

    #[handler(read_only, overwrites)]
    fn both(&self) {}

    #[every(secs = 1)]
    fn tick(&self) {}
}

fn main() {
    let _ = mael_sim::declared::specified_by::<X>();
}
