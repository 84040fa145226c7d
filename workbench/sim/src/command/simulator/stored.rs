//! Stores simulated runs.

use std::fs;
use std::io::Write;

use crate::options::Options;
use crate::simulation::{ReplayPlan, Simulate, Simulated, trace};
use crate::store::Store;

/// Stores a run.
pub(super) fn store(
    simulation: &dyn Simulate,
    options: &Options,
    run: &Simulated,
) -> anyhow::Result<Store> {
    let workload = simulation.workload();
    let store = Store::create(workload.name())?;
    store.write_test(workload.name(), options, None)?;
    store.clock().write(run.record.origin)?;
    let mut history = store.history()?;
    for operation in &run.record.history.0 {
        history.write(operation)?;
    }
    history.flush()?;
    let mut journal = store.journal()?;
    journal.write_all(&run.journal)?;
    journal.flush()?;
    let logs = store.node_logs()?;
    for (node, log) in &run.logs {
        fs::write(logs.join(format!("{node}.log")), log.to_string())?;
    }
    let judged = run.results.of_run(&run.record);
    store.write_results(&judged, &run.record.history)?;
    store.finish()?;
    Ok(store)
}

/// Stores a plan and the trace of its run. Returns a line with the command that replays it, and the
/// run.
pub(super) fn write_plan(
    store: &Store,
    simulation: &dyn Simulate,
    plan: &ReplayPlan,
    name: &str,
) -> anyhow::Result<(String, Simulated)> {
    let path = store.write_replay(&plan.to_json())?;
    let run = simulation.play(plan, true);
    store.write_trace(&trace::render(plan, &run))?;
    let replay = simulation.replay().of_plan(&path);
    Ok((format!("replay {name} with {replay}"), run))
}

/// Replays a plan and stores the run. Returns lines with the command that replays it and its
/// folder.
pub(super) fn save(
    simulation: &dyn Simulate,
    plan: &ReplayPlan,
    name: &str,
) -> anyhow::Result<String> {
    let store = store(simulation, &plan.options, &simulation.play(plan, true))?;
    let (replay, _) = write_plan(&store, simulation, plan, name)?;
    Ok(format!("{replay}\nstore: {}", store.path().display()))
}
