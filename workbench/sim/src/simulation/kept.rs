//! The files in which a failing test keeps the run that it was reduced to, and what happens in it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::replay::test_name;
use super::{Plan, Simulate, story};

/// Keeps the plan of a run, by a name that says what it is of, and tells how to play it, or why it
/// could not be kept.
pub(super) fn keep(simulation: &dyn Simulate, plan: &Plan, name: &str) -> String {
    let path = path(simulation, plan.options.seed);
    let trace = story::of(simulation, plan);
    let written = write(&path, &plan.to_json())
        .and_then(|()| write(&path.with_extension("trace.txt"), &trace));
    match written {
        Ok(()) => {
            let replay = simulation.replay().of_plan(plan, &path);
            format!("replay {name} with {replay}")
        }
        Err(error) => format!(
            "{name} is not kept: can't write {}: {error}",
            path.display()
        ),
    }
}

/// `mael-plans/<test>/<node>-<workload>-seed-<number>.json`, in the folder that cargo builds into.
fn path(simulation: &dyn Simulate, seed: u64) -> PathBuf {
    let node = simulation.node();
    let node = node.split('<').next().unwrap_or(node);
    let node = node.rsplit("::").next().unwrap_or(node);
    let workload = simulation.workload().name();
    let mut path = build_folder().join("mael-plans");
    path.extend(test_name().map(|options| options.replace("::", ".")));
    path.join(format!("{node}-{workload}-seed-{seed}.json"))
}

/// Where cargo puts what it builds, such as `target/debug`: tests lie in `deps` there. What lies
/// elsewhere, such as an example in the documentation, keeps what it keeps among temporary files.
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
