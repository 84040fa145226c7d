//! The files of a run: a folder in `store/`.

mod clock;
mod history_files;
mod line_file;
mod log;
mod pictures;
mod results;
mod run_files;
mod stored_files;
mod stored_test;
mod text_file;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use jiff::Zoned;
use mael_history::History;

use crate::Options;
use crate::judge::Results;
use text_file::{to_json, write};

pub use clock::ClockFile;
pub use history_files::HistoryFiles;
pub use line_file::LineFile;
pub use log::Log;
pub use pictures::Pictures;
pub use results::write_results;
pub use run_files::RunFiles;
pub use stored_files::StoredFiles;
pub use stored_test::{StoredProgram, StoredTest};

/// The folder of all runs, in the working directory.
pub const ROOT: &str = "store";

/// The folder of one run.
pub struct Store {
    /// `store`.
    root: PathBuf,
    /// `<workload>/<time>`, relative to `root`.
    run: PathBuf,
}

impl Store {
    /// Creates the folder of a run that starts now, and updates the link `store/current`.
    pub fn create(workload: &str) -> anyhow::Result<Self> {
        let root = PathBuf::from(ROOT);
        let folder = root.join(workload);
        fs::create_dir_all(&folder)
            .with_context(|| format!("can't create the folder {}", folder.display()))?;
        loop {
            let time = file_time(&Zoned::now());
            let path = folder.join(&time);
            match fs::create_dir(&path) {
                Ok(()) => {
                    let run = Path::new(workload).join(time);
                    let store = Self { root, run };
                    store.link(&store.root.join("current"), &store.run)?;
                    return Ok(store);
                }
                // Another run started in the same millisecond.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) => {
                    let path = path.display().to_string();
                    return Err(error).context(format!("can't create the folder {path}"));
                }
            }
        }
    }

    /// Returns the folder of the run.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.run)
    }

    /// Returns the pictures of the run.
    pub fn pictures(&self) -> Pictures {
        Pictures::new(self.path())
    }

    /// Returns a line with the folder of the run, and one with its report if it has one.
    pub fn place(&self, report: Option<&Path>) -> String {
        let report = report.map(|report| format!("\nreport: {}", report.display()));
        format!(
            "store: {}{}",
            self.path().display(),
            report.unwrap_or_default()
        )
    }

    /// Creates the files of the history.
    pub fn history(&self) -> anyhow::Result<HistoryFiles> {
        Ok(HistoryFiles {
            edn: self.create_file("history.edn")?,
            json: self.create_file("history.jsonl")?,
        })
    }

    /// Creates the journal of messages.
    pub fn journal(&self) -> anyhow::Result<LineFile> {
        self.create_file("net-journal.jsonl")
    }

    /// Returns the file of the run's clock.
    pub fn clock(&self) -> ClockFile {
        ClockFile::new(&self.path())
    }

    /// Creates the log of the run, as text or JSON.
    pub fn log(&self, json: bool) -> anyhow::Result<Log> {
        Ok(Log::new(self.create_file("mael.log")?, json))
    }

    /// Creates the folder of the nodes' logs.
    pub fn node_logs(&self) -> anyhow::Result<PathBuf> {
        let logs = self.path().join("node-logs");
        fs::create_dir_all(&logs)
            .with_context(|| format!("can't create the folder {}", logs.display()))?;
        // Nodes have another working directory.
        Ok(std::path::absolute(logs)?)
    }

    /// Writes `test.json`, with the workload, the options, the equivalent flags, and the program if
    /// the nodes are processes.
    pub fn write_test(
        &self,
        workload: &str,
        options: &Options,
        program: Option<StoredProgram>,
    ) -> anyhow::Result<()> {
        let test = StoredTest::new(workload, options, program);
        self.write("test.json", &to_json(&test)?)
    }

    /// Writes the results of a history.
    pub fn write_results(&self, results: &Results, history: &History) -> anyhow::Result<()> {
        write_results(&self.path(), results, history)
    }

    /// Writes the plan that replays a run, and returns the path of the file.
    pub fn write_replay(&self, json: &str) -> anyhow::Result<PathBuf> {
        const NAME: &str = "replay.json";
        self.write(NAME, json)?;
        Ok(self.path().join(NAME))
    }

    /// Writes the trace of the run that the plan replays, with one event per line.
    pub fn write_trace(&self, trace: &str) -> anyhow::Result<()> {
        self.write("trace.txt", trace)
    }

    /// Updates the link `latest` to this run.
    pub fn finish(&self) -> anyhow::Result<()> {
        self.link(&self.root.join("latest"), &self.run)?;
        let (Some(workload), Some(time)) = (self.run.parent(), self.run.file_name()) else {
            unreachable!("the folder of a run is in the folder of its workload");
        };
        self.link(&self.root.join(workload).join("latest"), Path::new(time))
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        write(&self.path(), name, text)
    }

    fn create_file(&self, name: &str) -> anyhow::Result<LineFile> {
        let path = self.path().join(name);
        LineFile::create(&path).with_context(|| format!("can't create {}", path.display()))
    }

    /// Updates `link` to point to `target`. The new link is created under another name and then
    /// renamed, so that `link` always exists.
    fn link(&self, link: &Path, target: &Path) -> anyhow::Result<()> {
        let new = link.with_extension(format!("new-{}", std::process::id()));
        let made = match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => symlink(target, &new).and_then(|()| fs::rename(&new, link)),
        };
        made.with_context(|| format!("can't create the link {}", link.display()))
    }
}

/// Formats local time in the basic ISO format with milliseconds and zone, such as
/// `20251122T233901.123Z`.
fn file_time(now: &Zoned) -> String {
    let zone = if now.offset().is_zero() { "Z" } else { "%z" };
    now.strftime(&format!("%Y%m%dT%H%M%S.%3f{zone}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_by_name_and_include_the_zone() {
        let time = |text: &str| file_time(&text.parse().unwrap());
        assert_eq!(
            time("2025-11-22T23:39:01.1239+00:00[UTC]"),
            "20251122T233901.123Z"
        );
        assert_eq!(
            time("2025-11-22T23:39:01-05:30[-05:30]"),
            "20251122T233901.000-0530"
        );
    }
}
