//! The `mael` command: what it takes, and which exit status says what.

mod analyze;
mod args;
mod cargo;
mod check;
mod demo;
mod doc;
mod flags;
mod glomers;
mod lines;
mod number;
mod real_run;
mod serve;
mod test;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

pub(crate) use args::{TestArgs, bad, positive};
pub use cargo::{Profile, build_binaries};
pub(crate) use check::{Checked, Judged};
pub(crate) use flags::{command_line, flags, short_fault_flags, short_flags};

use mael_checkers::Coverage;
use mael_history::Validity;

use crate::engine::Record;
use crate::judge::Results;

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
    /// Judges recorded histories, of this bench or of Jepsen
    Check(check::Arguments),
    /// Prints the reference of all workloads and of the protocol, as Markdown
    Doc(doc::Arguments),
    /// Shows the stored runs in a browser
    Serve(serve::Arguments),
    /// Builds the challenges and runs the official Gossip Glomers tests against them
    Glomers(glomers::Arguments),
    /// Builds the challenges and runs every workload against them
    Demo(Box<demo::Arguments>),
}

/// How a command ended, as an exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything is right.
    Valid,
    /// 1: something is wrong.
    Invalid,
    /// 2: it can't be told.
    Unknown,
    /// 254: the command was not understood.
    BadArguments,
    /// 255: the run itself failed.
    Failed,
}

impl Exit {
    /// What a run's exit status is. With `--strict`, something must have been judged.
    pub(crate) fn of(record: &Record, results: &Results) -> Self {
        match record.broken {
            Some(_) => Self::Failed,
            None if results.strict => Self::of_judged(record, results),
            None => results.valid.into(),
        }
    }

    /// What a run's exit status is where something must have been judged.
    pub(crate) fn of_judged(record: &Record, results: &Results) -> Self {
        match record.broken {
            Some(_) => Self::Failed,
            None => Self::of_verdict(results.outcome(), results.coverage),
        }
    }

    /// The exit status for a verdict that is to rest on something.
    pub(crate) fn of_verdict(valid: Validity, coverage: Coverage) -> Self {
        match coverage.judged {
            0 => Self::Unknown,
            _ => valid.into(),
        }
    }

    /// The number that the system is given.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Unknown => 2,
            Self::BadArguments => 254,
            Self::Failed => 255,
        }
    }
}

impl From<Validity> for Exit {
    fn from(valid: Validity) -> Self {
        match valid {
            Validity::True => Self::Valid,
            Validity::False => Self::Invalid,
            Validity::Unknown => Self::Unknown,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The whole of the `mael` command.
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
        Command::Serve(arguments) => serve::main(&arguments),
        Command::Glomers(arguments) => glomers::main(&arguments),
        Command::Demo(arguments) => demo::main(&arguments),
    };
    end(result)
}

/// Turns what a command came to into its exit status, and tells an error.
pub(crate) fn end(result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            let bad_arguments = error.is::<args::BadArguments>();
            tell(&format!("error: {error:#}"));
            if bad_arguments {
                Exit::BadArguments
            } else {
                Exit::Failed
            }
            .into()
        }
    }
}

/// Prints help where that was asked for, and else one sentence on what is wrong.
pub(crate) fn refuse(error: &clap::Error) -> Exit {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // A closed stdout is no reason to fail.
        let _ = error.print();
        return Exit::Valid;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::BadArguments;
    }
    let sentence = first_sentence(&error.to_string());
    tell(&format!("{sentence} (--help lists all options)"));
    Exit::BadArguments
}

/// The beginning of a parser's complaint, which says what is wrong, on one line.
pub(crate) fn first_sentence(complaint: &str) -> String {
    let sentence = complaint.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    words.join(" ")
}

/// Writes a line to stderr. A closed stderr is no reason to fail.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a line to stdout. A closed stdout is no reason to fail: the exit status still tells.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
