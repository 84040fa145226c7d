//! `mael new`: writes a node that passes its test, to start from.

mod files;
mod folder;
mod name;
mod nodes;
mod source;
#[cfg(test)]
#[expect(unreachable_pub, reason = "the nodes are public in their own crates")]
mod tests;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::output::print;

use files::{File, commands};
use name::Name;
use source::Source;

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The folder to create, whose name is that of the node
    #[arg(value_name = "NAME")]
    path: PathBuf,

    /// The workload that the node serves [default: echo]
    #[arg(short = 'w', long, value_name = "NAME", value_parser = PossibleValuesParser::new(nodes::names()))]
    workload: Option<String>,

    /// Write a small protocol of its own: a workload, a node and their test
    #[arg(long, conflicts_with_all = ["workload", "lang"])]
    protocol: bool,

    /// The language; in others than Rust, the node serves echo, and needs only the standard library
    #[arg(long, value_name = "LANGUAGE", default_value = "rust")]
    lang: Language,
}

/// The language of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
    Python,
    Go,
    #[value(name = "javascript")]
    JavaScript,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let name = Name::of(&arguments.path)?;
    let files = files(arguments, &name)?;
    folder::write(&arguments.path, &files)?;
    let place = mael_sim::options::flags::command_line([&*arguments.path.to_string_lossy()]);
    let commands = commands(&files);
    print(&format!("created {place}; go on there with\n{commands}"));
    Ok(Exit::Valid)
}

/// Returns the files of the new folder.
fn files(arguments: &Arguments, name: &Name) -> anyhow::Result<Vec<File>> {
    let source = Source::of_this_program();
    let workload = arguments.workload.as_deref();
    match arguments.lang {
        Language::Rust if arguments.protocol => Ok(files::protocol(name, &source)),
        Language::Rust => Ok(files::node(name, &source, workload.unwrap_or("echo"))),
        language if workload.is_none_or(|workload| workload == "echo") => {
            Ok(files::in_language(name, language))
        }
        _ => Err(bad(
            "--workload is for nodes in Rust: in other languages, the new node serves echo, and \
             `mael doc` lists the requests to add",
        )),
    }
}
