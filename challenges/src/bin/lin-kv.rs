//! A linearizable key-value store over its own Raft.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<mael_challenges::LinKv>()
}
