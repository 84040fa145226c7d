//! The bugs, a file for each part of the code that they are planted in.

mod batches;
mod broadcasts;
mod calls;
mod clients;
mod counters;
mod generated;
mod locks;
mod logs;
mod maps;
mod messages;
mod nodes;
mod raft;
mod replicas;
mod storage;
mod transactions;

use std::fmt;

/// One source file, and the bugs that are planted in it.
pub(super) struct File {
    /// Where it is in the workspace.
    pub(super) path: &'static str,
    pub(super) bugs: &'static [Bug],
}

/// Something that a programmer could have got wrong.
pub(super) struct Bug {
    /// What the program does.
    pub(super) name: &'static str,
    /// What bugs like this one have in common, wherever they are.
    pub(super) kind: &'static str,
    pub(super) found_by: Finder,
    /// The texts that become others: expressions, or statements with their semicolons. Each stands in
    /// its file exactly once. If a part of it is marked, as in `before «this» after`, only that part
    /// becomes another.
    pub(super) edits: &'static [(&'static str, &'static str)],
}

/// What finds a bug.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finder {
    /// Seeds of `sim` with these arguments.
    Simulation(&'static str),
    /// A test of a suite, where seeds hardly ever come to what shows the bug.
    Test(&'static str, &'static str),
}

impl fmt::Display for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simulation(arguments) => write!(f, "sim {arguments}"),
            Self::Test(suite, test) => write!(f, "test --test {suite} {test}"),
        }
    }
}

/// All files with bugs.
pub(super) fn files() -> Vec<&'static File> {
    let parts = [
        batches::FILES,
        broadcasts::FILES,
        calls::FILES,
        clients::FILES,
        counters::FILES,
        generated::FILES,
        locks::FILES,
        logs::FILES,
        maps::FILES,
        messages::FILES,
        nodes::FILES,
        raft::FILES,
        replicas::FILES,
        storage::FILES,
        transactions::FILES,
    ];
    parts.into_iter().flatten().collect()
}

/// All bugs, each with the path of its file.
pub(super) fn bugs() -> Vec<(&'static str, &'static Bug)> {
    let in_file = |file: &'static File| file.bugs.iter().map(|bug| (file.path, bug));
    files().into_iter().flat_map(in_file).collect()
}
