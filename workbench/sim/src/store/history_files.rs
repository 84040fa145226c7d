//! Stores the history, in EDN for Jepsen's tools and in JSON for others.

use std::io::{self, Write};

use mael_history::Operation;

use super::LineFile;

/// The files of a history, with one operation per line.
pub struct HistoryFiles {
    pub(super) edn: LineFile,
    pub(super) json: LineFile,
}

impl HistoryFiles {
    /// Adds an operation.
    ///
    /// # Errors
    /// Returns an error if the operation can't be written.
    pub fn write(&mut self, operation: &Operation) -> io::Result<()> {
        writeln!(self.edn, "{operation}")?;
        serde_json::to_writer(&mut self.json, operation)?;
        self.json.write_all(b"\n")
    }

    /// Flushes both files.
    ///
    /// # Errors
    /// Returns an error if a file can't be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.edn.flush()?;
        self.json.flush()
    }
}
