//! Reads the files of a stored run, which can be larger than memory, and incomplete if the run was
//! killed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use mael_history::{History, Operation};

use super::{ClockFile, StoredTest};

/// The files of a stored run.
pub struct StoredFiles {
    /// The folder.
    pub path: PathBuf,
    /// The test.
    pub test: StoredTest,
}

impl StoredFiles {
    /// Opens the folder of a run.
    ///
    /// # Errors
    /// Returns an error if its `test.json` can't be read.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let test = path.join("test.json");
        let unreadable = || format!("can't read {}", test.display());
        let text = fs::read(&test).with_context(unreadable)?;
        Ok(Self {
            test: serde_json::from_slice(&text).with_context(unreadable)?,
            path: path.to_owned(),
        })
    }

    /// Whether the run has ended: its results are stored last.
    pub fn has_ended(&self) -> bool {
        self.path.join("results.json").is_file()
    }

    /// Returns the entries of the history, which are read one by one. An incomplete last line is
    /// left out.
    ///
    /// # Errors
    /// Returns an error if the file can't be opened. Each entry can be an error too.
    pub fn history(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Operation>>> {
        let path = self.path.join("history.edn");
        let mut lines = BufReader::new(open(&path)?);
        let mut number = 0;
        let mut line = String::new();
        Ok(std::iter::from_fn(move || {
            line.clear();
            number += 1;
            let read = lines.read_line(&mut line);
            let context = || format!("{}, line {number}", path.display());
            match read {
                Ok(_) if line.ends_with('\n') => {
                    let operation = History::from_edn(&line);
                    let operation = operation.map(|it| it.0.into_iter().next());
                    operation.with_context(context).transpose()
                }
                // The run was killed in the middle of a line, perhaps of a character.
                Ok(_) => None,
                Err(error) if error.kind() == ErrorKind::InvalidData => None,
                Err(error) => Some(Err(anyhow!(error).context(context()))),
            }
        }))
    }

    /// Opens the journal.
    ///
    /// # Errors
    /// Returns an error if the file can't be opened.
    pub fn journal(&self) -> anyhow::Result<BufReader<File>> {
        let file = open(&self.path.join("net-journal.jsonl"))?;
        Ok(BufReader::with_capacity(1 << 20, file))
    }

    /// Returns the origin of the history's times, since the start of the run.
    ///
    /// # Errors
    /// Returns an error if the file can't be read.
    pub fn origin(&self) -> anyhow::Result<Duration> {
        ClockFile::new(&self.path).read()
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("can't read {}", path.display()))
}
