//! Operations have no body, and draw every argument.

use mael_sim::{operations, workload};

#[workload(title = "x")]
struct X {
    #[arg(short, default_value_t)]
    size: u64,
}

#[operations]
impl X {
    #[operation(type = "write")]
    fn write(&self, value: u64);

    #[operation]
    fn read(&self) {}

    fn unmarked(&self);

    #[operation(typ = "push")]
    fn push(&self);
}

fn main() {}
