//! `mael doc`: the reference of workloads and the protocol, generated from their declarations.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use mael_sim::Exit;
use mael_sim::output::print;
use mael_sim::workloads::Workloads;

use crate::report;

/// The folder of the pages, as in Maelstrom, relative to the working directory.
const FOLDER: &str = "doc";

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// Write doc/workloads.md and doc/protocol.md, as Maelstrom does, instead of printing
    #[arg(long)]
    write: bool,
}

pub(super) fn main(arguments: &Arguments, workloads: &Workloads) -> anyhow::Result<Exit> {
    let (workloads, protocol) = (report::workloads(workloads), report::protocol());
    if !arguments.write {
        print(&format!("{workloads}\n{protocol}"));
        return Ok(Exit::Valid);
    }
    fs::create_dir_all(FOLDER).with_context(|| format!("can't create the folder {FOLDER}"))?;
    for (name, text) in [("workloads.md", workloads), ("protocol.md", protocol)] {
        let path = Path::new(FOLDER).join(name);
        fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
    }
    Ok(Exit::Valid)
}
