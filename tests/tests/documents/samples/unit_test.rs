//! A node whose crate tests it with `cargo test`.

use mael::prelude::*;
use mael_sim::simulation::secs;
use mael_sim::{Fault, simulate, workloads};

#[node]
struct UniqueIds {
    id: NodeId,
    nonce: OnceCell<u64>,
    count: Cell<u64>,
}

#[handlers]
impl UniqueIds {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        let nonce = self.nonce.get_or_init(mael::random::u64);
        let count = self.count.replace(self.count.get() + 1);
        format!("{}-{nonce:016x}-{count}", self.id)
    }
}

#[test]
fn ids_stay_unique() {
    simulate::<UniqueIds>(workloads::UniqueIds)
        .nodes(3)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis([Fault::Partition, Fault::Kill])
        .seeds(0..20)
        .check(); // panics with a report of the first seed that fails
}

#[test]
fn seed_7_replays() {
    let simulation = simulate::<UniqueIds>(workloads::UniqueIds);
    assert_eq!(simulation.divergence(7), None);
}
