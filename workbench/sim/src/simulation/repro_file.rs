//! Saves the repro files of a failing test: the plan that replays the failure, and its trace.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::replay::test_name;
use super::{ReplayPlan, Simulate, trace};

/// Saves the plan of a run with its trace. Returns a line with the command that replays it, or with
/// the reason why it can't be saved. `name` describes the plan in this line.
pub(super) fn save(simulation: &dyn Simulate, plan: &ReplayPlan, name: &str) -> String {
    let path = path(simulation, plan.options.seed);
    let trace = trace::replay(simulation, plan);
    let written = write(&path, &plan.to_json())
        .and_then(|()| write(&path.with_extension("trace.txt"), &trace));
    match written {
        Ok(()) => {
            let replay = simulation.replay().of_plan(&path);
            format!("replay {name} with {replay}")
        }
        Err(error) => format!("can't save {name}: can't write {}: {error}", path.display()),
    }
}

/// `mael-replays/<test>/<node>-<workload>-seed-<number>.json`, in the folder that cargo builds
/// into.
fn path(simulation: &dyn Simulate, seed: u64) -> PathBuf {
    let node = simulation.node();
    let node = node.split('<').next().unwrap_or(node);
    let node = node.rsplit("::").next().unwrap_or(node);
    let workload = simulation.workload().name();
    let mut path = build_folder().join("mael-replays");
    path.extend(test_name().map(|options| options.replace("::", ".")));
    path.join(format!("{node}-{workload}-seed-{seed}.json"))
}

/// Returns the folder that cargo builds into, such as `target/debug`, which contains tests in
/// `deps`. Other programs, such as examples in the documentation, use the folder for temporary
/// files.
fn build_folder() -> PathBuf {
    let exe = env::current_exe().unwrap_or_default();
    let folder = exe.parent().filter(|folder| folder.ends_with("deps"));
    let folder = folder.and_then(Path::parent);
    folder.map_or_else(env::temp_dir, Path::to_path_buf)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
