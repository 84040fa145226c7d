//! A workload: signatures in a guestbook.

use std::collections::BTreeSet;

use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// Guests sign at any node. In the end all nodes have all signatures.
#[workload]
pub struct Signatures {
    /// How many guests there are.
    #[arg(long, default_value_t = 1000)]
    guests: u64,
}

#[operations]
impl Signatures {
    /// Adds a signature.
    #[operation(type = "add")]
    fn add(&self, #[draw(0..self.guests)] element: u64);

    /// Returns all signatures that the node knows.
    #[operation(type = "read", reply = "value", read_only, finally)]
    fn read(&self) -> BTreeSet<u64>;

    /// All acknowledged signatures are in the final reads.
    #[check]
    fn nothing_is_lost(&self, history: &Typed<Self>) -> Verdict {
        let added = history.iter().filter(|call| call.reply().is_some());
        let added: BTreeSet<u64> = added
            .filter_map(|call| match call.request {
                SignaturesRequest::Add { element } => Some(element),
                SignaturesRequest::Read {} => None,
            })
            .collect();
        let mut findings = Findings::default();
        for call in history.iter().filter(|call| call.is_final) {
            if let Some(SignaturesReply::ReadOk { value }) = call.reply() {
                for lost in added.difference(value) {
                    findings.add("lost", format!("{lost} is not in {call}"));
                }
            }
        }
        findings.into_verdict()
    }
}
