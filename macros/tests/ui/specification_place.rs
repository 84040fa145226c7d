//! `#[specification]` is above `#[handlers]`, on the `impl` block of a node that can be compared.

use mael::prelude::*;
use mael_sim::declared::specified_by;
use mael_sim::specification;

#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Below;

#[handlers]
#[specification]
impl Below {
    #[handler]
    fn read(&self) {}
}

#[specification]
#[node]
struct OnAStruct;

#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Networked {
    peers: Peers<Networked>,
}

#[specification]
#[handlers]
impl Networked {
    #[handler]
    fn read(&self) {}
}

#[node]
struct Unspecified;

#[handlers]
impl Unspecified {
    #[handler]
    fn read(&self) {}
}

fn main() {
    let _ = specified_by::<Unspecified>();
}
