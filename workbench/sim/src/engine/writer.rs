//! Writes a run while it happens.

use std::io::{self, Write};

use mael::protocol::Message;
use mael_history::Operation;

use super::entry::Entry;

/// Writes a run while it happens: to files, or in a simulation to memory. The provided methods
/// write nothing but what is printed.
pub trait Writer {
    /// Adds an operation to the history.
    ///
    /// # Errors
    /// When it can't be written. The engine then writes no further operation, and the run ends as
    /// one that could not be stored.
    fn operation(&self, _: &Operation) -> io::Result<()> {
        Ok(())
    }

    /// Adds the sending or the receipt of a message to the journal.
    ///
    /// # Errors
    /// As for an operation.
    fn message(&self, _: Entry<&Message>) -> io::Result<()> {
        Ok(())
    }

    /// Adds a line to the log of the run. One that can't be written does not stop the run.
    fn log(&self, _: &str) {}

    /// Adds a line to the log of the run, and prints it on stderr.
    fn print(&self, line: &str) {
        // A closed stderr is no reason to fail.
        let _ = writeln!(io::stderr(), "{line}");
        self.log(line);
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// When that can't be written.
    fn finish(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes nothing.
pub struct Nowhere;

impl Writer for Nowhere {}
