//! The `mael` command: subcommands and exit statuses.

mod analyze;
mod cargo;
mod check;
mod check_flags;

mod demo;
mod doc;
mod glomers;
mod histories;
mod lines;
pub mod real;
mod real_run;
mod report;
#[cfg(feature = "serve")]
mod serve;
mod stored;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use cargo::{Profile, build_binaries};
pub(crate) use check::{Checked, Judged};
use mael_sim::command::{end, refuse};

/// Runs Maelstrom tests against nodes, without a JVM.
#[derive(Parser)]
#[command(
    name = "mael",
    bin_name = "cargo mael",
    version,
    subcommand_required = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one test against a node program, as `maelstrom test` does
    Test(Box<test::Arguments>),
    /// Checks a stored run again
    Analyze(analyze::Arguments),
    /// Checks histories that Mael or Jepsen recorded
    Check(check::Arguments),
    /// Prints the reference of all workloads and of the protocol, as Markdown
    Doc(doc::Arguments),
    /// Shows the stored runs in a browser
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    /// Builds the challenges and runs the official Gossip Glomers tests against them
    Glomers(glomers::Arguments),
    /// Builds the challenges and runs every workload against them
    Demo(Box<demo::Arguments>),
}

/// Runs the `mael` command.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error).into(),
    };
    let result = match arguments.command {
        Command::Test(arguments) => test::main(&arguments),
        Command::Analyze(arguments) => analyze::main(&arguments),
        Command::Check(arguments) => check::main(&arguments),
        Command::Doc(arguments) => doc::main(&arguments),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::main(&arguments),
        Command::Glomers(arguments) => glomers::main(&arguments),
        Command::Demo(arguments) => demo::main(&arguments),
    };
    end(result)
}
