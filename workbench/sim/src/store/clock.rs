//! The file `clock.json`: how the times of the history relate to those of the journal.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

const NAME: &str = "clock.json";

/// The clock of a run.
#[derive(Debug, Serialize, Deserialize)]
struct Clock {
    /// When all nodes were initialized, in nanoseconds since the start of the run. The times of the
    /// history count from here, and those of the journal from the start of the run.
    origin: u64,
}

/// The file of a run's clock, which is written when all nodes are initialized.
pub struct ClockFile(PathBuf);

impl ClockFile {
    pub(super) fn new(run: &Path) -> Self {
        Self(run.join(NAME))
    }

    /// Writes the time from the start of the run to the origin of the history's times.
    ///
    /// # Errors
    /// Returns an error if the file can't be written.
    pub fn write(&self, origin: Duration) -> io::Result<()> {
        let clock = Clock {
            origin: origin.as_nanos() as u64,
        };
        fs::write(&self.0, serde_json::to_string(&clock)? + "\n")
    }

    /// Reads that time. Returns zero if the run ended before all nodes were initialized.
    ///
    /// # Errors
    /// Returns an error if the file can't be read.
    pub(super) fn read(&self) -> anyhow::Result<Duration> {
        if !self.0.exists() {
            return Ok(Duration::ZERO);
        }
        let unreadable = || format!("can't read {}", self.0.display());
        let text = fs::read(&self.0).with_context(unreadable)?;
        let clock: Clock = serde_json::from_slice(&text).with_context(unreadable)?;
        Ok(Duration::from_nanos(clock.origin))
    }
}
