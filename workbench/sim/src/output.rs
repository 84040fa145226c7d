//! Lines for a person, on stdout and stderr.

use std::io::Write;

/// Writes a line to stderr. A closed stderr is no reason to fail.
pub fn print_error(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a line to stdout. A closed stdout is no reason to fail: the exit status still tells.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
