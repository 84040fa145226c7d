//! Operations of the setup and of the final phase are drawn, even if a method generates the others.

use mael_sim::declared::{Findings, History, Verdict};
use mael_sim::engine::{Generator, Invocation, endless};
use mael_sim::{Options, operations, workload};

#[workload]
struct X;

#[operations]
impl X {
    #[operation(setup)]
    fn configure(&self, size: u64);

    #[operation(finally)]
    fn stop(&self, when: u64);

    #[operation]
    fn write(&self, value: u64);

    #[generate]
    fn writes(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(endless(|_| Invocation::new("write", 1)))
    }

    #[check]
    fn nothing(&self, _: &Options, _: &History) -> Verdict {
        Findings::default().into_verdict()
    }
}

fn main() {}
