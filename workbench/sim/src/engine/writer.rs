//! Writes a run as it happens.

use std::io::{self, Write};

use mael::protocol::Message;
use mael::time::Duration;
use mael_history::Operation;

use super::entry::Entry;

/// Writes a run as it happens: to files, or to memory in a simulation. The default methods only
/// print.
pub trait Writer {
    /// Sets the origin of the times of operations, since the start of the run.
    ///
    /// # Errors
    /// Returns an error if it can't be written. The run then ends with an error.
    fn start_clock(&self, _: Duration) -> io::Result<()> {
        Ok(())
    }

    /// Adds an operation to the history.
    ///
    /// # Errors
    /// Returns an error if the operation can't be written. The engine then writes no further
    /// operations, and the run ends with an error.
    fn operation(&self, _: &Operation) -> io::Result<()> {
        Ok(())
    }

    /// Adds the sending or the receipt of a message to the journal.
    ///
    /// # Errors
    /// Same as for [`operation`](Self::operation).
    fn message(&self, _: Entry<&Message>) -> io::Result<()> {
        Ok(())
    }

    /// Adds a line to the log of the run. Errors are ignored.
    fn log(&self, _: &str) {}

    /// Adds a line to the log of the run, and prints it to stderr.
    fn print(&self, line: &str) {
        // A closed stderr must not fail the run.
        let _ = writeln!(io::stderr(), "{line}");
        self.log(line);
    }

    /// Flushes all buffers.
    ///
    /// # Errors
    /// Returns an error if buffered data can't be written.
    fn finish(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that writes nothing.
pub struct Nowhere;

impl Writer for Nowhere {}
