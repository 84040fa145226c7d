//! The common part of commands that run tests: the simulator, progress bars, and exit statuses.

mod bar;
mod command_line;
mod error;
mod interrupt;
mod paint;
mod simulator;
mod tally;
mod workload_flags;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

pub use bar::Bar;
pub use error::bad;
pub use paint::{paint, print_report, print_report_error};
pub use simulator::Simulator;
pub use workload_flags::{given_workload_flags, with_workload_flags};

use crate::Exit;
use crate::output::print_error;

/// Converts the result of a command to its exit status, and prints its error, if any.
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

/// Prints help if it was requested, or one line with the error and suggestions.
pub fn refuse(error: &clap::Error) -> Exit {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // A closed stdout must not fail the command.
        let _ = error.print();
        return Exit::Valid;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Exit::BadArguments;
    }
    let sentence = renamed(error).unwrap_or_else(|| with_tips(&error.to_string()));
    print_error(&format!("{sentence} (--help lists all options)"));
    Exit::BadArguments
}

/// Returns the first sentence of a parser's error message, with its tips.
fn with_tips(text: &str) -> String {
    let tips = text
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_prefix("tip: "));
    let tips: String = tips.map(|tip| format!("; {tip}")).collect();
    format!("{}{tips}", first_sentence(text))
}

/// Flags of earlier versions, and their new names.
const RENAMED: [(&str, &str); 3] = [
    ("--drop-everywhere", "--exhaustive-drops"),
    ("--kill-everywhere", "--exhaustive-kills"),
    ("--script", "--replay"),
];

/// Returns the new name of an unknown flag, if an earlier version had it.
fn renamed(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let mut renamed = RENAMED.iter().filter(|(old, _)| old == flag);
    let (old, new) = renamed.next()?;
    (error.kind() == ErrorKind::UnknownArgument).then(|| format!("error: {old} is now {new}"))
}

/// Returns the first paragraph of a parser's error message, which describes the error, as one line.
pub fn first_sentence(message: &str) -> String {
    let sentence = message.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    words.join(" ")
}
