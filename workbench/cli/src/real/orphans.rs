//! What nodes leave behind, wherever it went: a process that left its node's group is still found
//! among the descendants of the bench.

use std::fs;

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
};

/// How often is looked for more. Each process that is killed may leave others.
const ROUNDS: usize = 100;

/// Has what nodes leave behind become children of this process, instead of the system's first. Only
/// Linux can; elsewhere what leaves its group is lost.
pub(super) fn adopt() {
    // A system that refuses is one that can't.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Kills all children of this process, and what they leave behind in turn.
pub(super) fn kill() {
    for _ in 0..ROUNDS {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in children {
            // One that has ended by now is only waited for.
            let _ = kill_process(child, Signal::KILL);
            let _ = waitpid(Some(child), WaitOptions::empty());
        }
    }
}

/// The children of this process. None where there is no `/proc`.
fn children() -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let ours = numbers.filter(|number| parent(*number) == Some(getpid().as_raw_nonzero().get()));
    ours.filter_map(Pid::from_raw).collect()
}

/// The parent of a process. Its name, in parentheses, may have spaces; the parent is the second
/// field after it.
fn parent(process: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}
