//! What commands that run tests have in common: their flags, what they print, and how they end.

mod bar;
mod error;
mod interrupt;
mod simulator;
mod tally;

use std::process::ExitCode;

use clap::error::ErrorKind;

pub use bar::Bar;
pub use error::bad;
pub use simulator::Simulator;

use crate::Exit;
use crate::output::print_error;

/// Turns what a command came to into its exit status, and tells an error.
pub fn end(result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            let bad_arguments = error.is::<error::BadArguments>();
            print_error(&format!("error: {error:#}"));
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
    print_error(&format!("{sentence} (--help lists all options)"));
    Exit::BadArguments
}

/// The beginning of a parser's complaint, which says what is wrong, on one line.
pub fn first_sentence(complaint: &str) -> String {
    let sentence = complaint.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    words.join(" ")
}
