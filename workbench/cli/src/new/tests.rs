//! Compiles the nodes of the templates as modules of this package, so that its tests run theirs.

#[path = "../../templates/rust/nodes/broadcast.rs"]
mod broadcast;
#[path = "../../templates/rust/nodes/counter.rs"]
mod counter;
#[path = "../../templates/rust/nodes/echo.rs"]
mod echo;
#[path = "../../templates/rust/nodes/g_set.rs"]
mod g_set;
#[path = "../../templates/rust/nodes/kafka.rs"]
mod kafka;
#[path = "../../templates/rust/nodes/lin_kv.rs"]
mod lin_kv;
#[path = "../../templates/protocol/src/lib.rs"]
mod protocol;
#[path = "../../templates/rust/nodes/txn_list_append.rs"]
mod txn_list_append;
#[path = "../../templates/rust/nodes/txn_rw_register.rs"]
mod txn_rw_register;
#[path = "../../templates/rust/nodes/unique_ids.rs"]
mod unique_ids;

use mael_sim::simulation::secs;
use mael_sim::workloads::{self, Workloads};
use mael_sim::{Fault, simulate};

use super::nodes::{NODES, names};

#[test]
fn every_workload_has_a_node_with_all_its_handlers() {
    let workloads = Workloads::built_in();
    assert_eq!(workloads.names(), names());
    for (workload, node) in workloads.all().iter().zip(NODES) {
        for rpc in workload.rpcs() {
            let kind = rpc.request.r#type;
            let handler = format!("#[handler(type = \"{kind}\"");
            // The runtime answers it.
            let is_handled = kind == "topology" || node.text.contains(&handler);
            assert!(is_handled, "{kind} of {}", node.workload);
        }
    }
}

#[test]
fn the_counter_can_decrease() {
    simulate::<counter::Node>(workloads::PnCounter)
        .nodes(3)
        .rate(20.0)
        .time_limit(secs(5))
        .nemesis([Fault::Partition, Fault::Kill])
        .seeds(0..10)
        .check();
}
