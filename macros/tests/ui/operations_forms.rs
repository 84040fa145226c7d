//! Each argument of `#[operation]` has one form, and a method replaces each default at most once.

use mael_sim::declared::{Coverage, Findings, History, Typed, Verdict};
use mael_sim::{operations, workload};

#[workload(unhandled_errors = true)]
struct X;

#[operations]
impl X {
    #[operation(setup, weight = 2)]
    fn configure(&self);

    #[operation(setup)]
    fn prepare(&self, size: u64);

    #[operation(finally(marked))]
    fn stop(&self);

    #[operation(reply = "value", record = "plain")]
    fn read(&self) -> u64;

    #[check]
    fn nothing(&self, _: &Typed<Self>) -> Verdict {
        Findings::default().into_verdict()
    }

    #[coverage(all)]
    fn coverage(&self, _: &History) -> Coverage {
        Coverage::default()
    }

    #[coverage]
    fn again(&self, _: &History) -> Coverage {
        Coverage::default()
    }
}

fn main() {}
