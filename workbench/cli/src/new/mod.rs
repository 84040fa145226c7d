//! `mael new`: writes a node that passes its test, to start from.

mod files;
mod folder;
mod language;
mod name;
mod nodes;
mod origin;
#[cfg(test)]
#[expect(unreachable_pub, reason = "the nodes are public in their own crates")]
mod tests;

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::output::print;

use files::{File, commands};
use language::Language;
use name::Name;
use origin::Origin;

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The folder to create, whose name is that of the node
    #[arg(value_name = "NAME")]
    path: PathBuf,

    /// The workload that the node serves
    #[arg(short = 'w', long, value_name = "NAME", default_value = "echo", value_parser = PossibleValuesParser::new(nodes::names()))]
    workload: String,

    /// Write a small protocol of its own: a workload, a node and their test
    #[arg(long, conflicts_with_all = ["workload", "lang"])]
    protocol: bool,

    /// The language; in others than Rust, the node serves echo, and needs only the standard library
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: Language,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let name = Name::of(&arguments.path)?;
    let files = files(arguments, &name)?;
    folder::write(&arguments.path, &files)?;
    let (place, commands) = (arguments.path.display(), commands(&files));
    print(&format!("created {place}; go on there with\n{commands}"));
    Ok(Exit::Valid)
}

/// Returns the files of the new folder.
fn files(arguments: &Arguments, name: &Name) -> anyhow::Result<Vec<File>> {
    let workload = &*arguments.workload;
    match arguments.lang.program() {
        Some(program) if workload == "echo" => Ok(files::program(name, &program)),
        Some(_) => Err(bad(
            "--workload is for nodes in Rust: in other languages, the new node serves echo, and \
             `mael doc` lists the requests to add",
        )),
        None if arguments.protocol => Ok(files::protocol(name, &Origin::of_this_program())),
        None => Ok(files::node(name, &Origin::of_this_program(), workload)),
    }
}
