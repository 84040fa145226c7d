//! Real time and real processes.

mod clock;
mod crashes;
mod examination;
mod lines;
mod orphans;
mod process;
mod signals;
mod startup;

use std::rc::Rc;

use mael::executor::Scope;

use clock::FineClock;

pub use process::Processes;
pub(crate) use signals::interrupt;

use mael_sim::Options;
use mael_sim::engine::{Host, Record, Recorder, Run, RunConfig};
use mael_sim::workloads::Workload;

/// Runs a test in real time. `watch` is called before the run starts; the future that it returns
/// runs concurrently with it. SIGINT (Ctrl-C), SIGHUP and SIGTERM end the run.
///
/// # Errors
/// Returns an error if the run can't be started.
pub(crate) fn run<W: Future<Output = ()> + 'static>(
    options: &Rc<Options>,
    workload: &Rc<dyn Workload>,
    host: Rc<dyn Host>,
    config: RunConfig,
    watch: impl FnOnce(Rc<Recorder>) -> W,
) -> std::io::Result<Record> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let leave_nodes = config.leave_nodes;
    if !leave_nodes {
        orphans::adopt();
    }
    let record = executor.block_on(async {
        let interrupt = signals::interrupt()?;
        let run = Run::new(Rc::clone(options), Rc::clone(workload), host, config);
        let watch = watch(run.recorder());
        let scope = Scope::new(Rc::new(FineClock::new()));
        scope.spawn(watch);
        std::io::Result::Ok(scope.run(run.run(interrupt)).await)
    });
    drop(executor);
    if !leave_nodes {
        orphans::kill();
    }
    record
}
