//! The compiler checks the signatures of marked methods.

use mael_sim::declared::{Findings, History, Value, Verdict};
use mael_sim::{Options, operations, workload};

#[workload]
struct X;

#[operations]
impl X {
    #[operation(reply = "value", record = plain)]
    fn read(&self) -> u64;

    #[check]
    fn nothing(&self, _: &History) -> Verdict {
        Findings::default().into_verdict()
    }

    #[generate]
    fn reads(&self, _: &Options) -> u64 {
        0
    }

    #[timeout]
    fn timeout(&self) -> u64 {
        5
    }
}

fn plain(value: Value) -> Value {
    value
}

fn main() {}
