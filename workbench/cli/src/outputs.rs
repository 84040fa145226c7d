//! The files to which the results of several tests are written.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mael_sim::command::{print_report, print_report_error};
use mael_sim::output::print;

use crate::report::{Score, json, junit};

/// The files of `--junit` and `--json`.
#[derive(Default)]
pub(super) struct Outputs {
    junit: Option<Output>,
    json: Option<Output>,
}

enum Output {
    Stdout,
    File(PathBuf, File),
}

impl Outputs {
    /// Creates the files, before the tests run.
    pub(super) fn create(junit: Option<&Path>, json: Option<&Path>) -> anyhow::Result<Self> {
        let file = |path: &Path| {
            let file = File::create(path);
            let file = file.with_context(|| format!("can't create {}", path.display()))?;
            anyhow::Ok(Output::File(path.to_owned(), file))
        };
        let file_or_stdout = |path: &Path| match path.to_str() {
            Some("-") => Ok(Output::Stdout),
            _ => file(path),
        };
        Ok(Self {
            junit: junit.map(file).transpose()?,
            json: json.map(file_or_stdout).transpose()?,
        })
    }

    /// Returns the function that prints the output for people: to stderr if stdout is JSON.
    pub(super) fn printer(&self) -> fn(&str) {
        match self.json {
            Some(Output::Stdout) => print_report_error,
            _ => print_report,
        }
    }

    /// Writes the results.
    pub(super) fn write(self, scores: &[Score]) -> anyhow::Result<()> {
        if let Some(output) = self.junit {
            output.write(&junit(scores))?;
        }
        if let Some(output) = self.json {
            output.write(&json(scores)?)?;
        }
        Ok(())
    }
}

impl Output {
    fn write(self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Stdout => {
                print(text);
                Ok(())
            }
            Self::File(path, mut file) => {
                let written = writeln!(file, "{text}");
                written.with_context(|| format!("can't write {}", path.display()))
            }
        }
    }
}
