//! What commands that run tests have in common: their flags, what they print, and how they end.

pub mod args;
mod bar;
pub mod flags;
mod interrupt;
mod number;
mod simulator;

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;

pub use args::{TestArgs, bad, positive};
pub use bar::Bar;
pub use flags::{command_line, flags, short_fault_flags, short_flags};
pub use simulator::Simulator;

use crate::Exit;

/// Turns what a command came to into its exit status, and tells an error.
pub fn end(result: anyhow::Result<Exit>) -> ExitCode {
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
pub fn refuse(error: &clap::Error) -> Exit {
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
pub fn first_sentence(complaint: &str) -> String {
    let sentence = complaint.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    words.join(" ")
}

/// Writes a line to stderr. A closed stderr is no reason to fail.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a line to stdout. A closed stdout is no reason to fail: the exit status still tells.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
