//! Orphans: processes that nodes started and left running. One that left its node's process group
//! is still found among the descendants of this process.

use std::fs;

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
};

/// How often to look for more orphans. Each process that is killed may leave others.
const ROUNDS: usize = 100;

/// Makes orphans children of this process instead of init. This works on Linux only; elsewhere,
/// processes that left their group are not found.
pub(super) fn adopt() {
    // This fails on systems that do not support it.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Kills all children of this process, and the orphans that they leave.
pub(super) fn kill() {
    for _ in 0..ROUNDS {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in children {
            // A child that has already ended is only reaped.
            let _ = kill_process(child, Signal::KILL);
            let _ = waitpid(Some(child), WaitOptions::empty());
        }
    }
}

/// Returns the children of this process; none on systems without `/proc`.
fn children() -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let ours = numbers.filter(|number| parent(*number) == Some(getpid().as_raw_nonzero().get()));
    ours.filter_map(Pid::from_raw).collect()
}

/// Returns the parent of a process. The parent is the second field after the name, which is in
/// parentheses and may have spaces.
fn parent(process: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}
