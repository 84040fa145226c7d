//! What commands that run tests share: the simulator, progress bars, and exit statuses.

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

/// Turns the result of a command into its exit status, and prints an error.
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

/// Prints help if it was asked for, or one line that says what is wrong and what is similar.
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
    let text = error.to_string();
    let sentence = first_sentence(&text);
    let tips = text
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_prefix("tip: "));
    let tips: String = tips.map(|tip| format!("; {tip}")).collect();
    print_error(&format!("{sentence}{tips} (--help lists all options)"));
    Exit::BadArguments
}

/// The first paragraph of a parser's error message, which says what is wrong, on one line.
pub fn first_sentence(message: &str) -> String {
    let sentence = message.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = sentence.split_whitespace().collect();
    words.join(" ")
}
