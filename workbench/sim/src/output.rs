//! Prints lines to stdout and stderr.

use std::io::Write;

/// Writes a line to stderr. A closed stderr is ignored.
pub fn print_error(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a line to stdout. A closed stdout is ignored, since the exit status also reports the
/// verdict.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
