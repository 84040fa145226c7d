//! Echoes requests.

use mael::prelude::*;

#[node]
struct Echo;

#[handlers]
impl Echo {
    /// Echoes the request back.
    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}

fn main() -> ExitCode {
    mael::run::<Echo>()
}

#[test]
fn it_passes_its_workload() {
    use mael_sim::simulation::secs;

    let simulation = mael_sim::simulate::<Echo>(mael_sim::workloads::Echo);
    simulation
        .rate(20.0)
        .time_limit(secs(5))
        .seeds(0..5)
        .check();
}
