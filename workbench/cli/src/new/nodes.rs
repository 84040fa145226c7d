//! A node in Rust for each workload.

/// The node of a workload.
pub(super) struct Node {
    pub(super) workload: &'static str,
    /// The source, in which `workloads::GCounter` stands for the workload.
    pub(super) text: &'static str,
    /// Flags without which the workload can't run.
    pub(super) flags: &'static str,
}

const fn node(workload: &'static str, text: &'static str) -> Node {
    Node {
        workload,
        text,
        flags: "",
    }
}

macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../../templates/rust/nodes/", $name, ".rs"))
    };
}

pub(super) const NODES: [Node; 10] = [
    node("broadcast", text!("broadcast")),
    node("echo", text!("echo")),
    node("g-counter", text!("counter")),
    node("g-set", text!("g_set")),
    node("kafka", text!("kafka")),
    Node {
        flags: " --concurrency 2n",
        ..node("lin-kv", text!("lin_kv"))
    },
    node("pn-counter", text!("counter")),
    node("txn-list-append", text!("txn_list_append")),
    node("txn-rw-register", text!("txn_rw_register")),
    node("unique-ids", text!("unique_ids")),
];

/// Returns the names of the workloads.
pub(super) fn names() -> [&'static str; 10] {
    NODES.map(|node| node.workload)
}
