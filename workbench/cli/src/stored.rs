//! A stored run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use mael_history::net::NetStats;
use mael_history::{History, Value};
use serde::Deserialize;

use mael_sim::command::bad;
use mael_sim::judge::{PANIC, Results};
use mael_sim::store::{ROOT, StoredFiles, StoredTest, write_results};
use mael_sim::workloads::Workload;
use mael_sim::{Options, judge};

/// A stored run, which may be incomplete.
pub(crate) struct StoredRun {
    pub(crate) path: PathBuf,
    /// The options.
    pub(crate) test: StoredTest,
    /// The history.
    pub(crate) history: History,
    /// The origin of the history's times, since the start of the run.
    pub(crate) origin: Duration,
    /// The message counts.
    pub(crate) net: NetStats,
    /// Why the run was aborted, according to its results.
    pub(crate) error: Option<String>,
    /// The panics of nodes according to the results, the only place where they are recorded.
    pub(crate) panics: Option<Value>,
}

/// Returns the folder of a run, which is given by its number or as a path.
pub(crate) fn run_of(text: &str) -> anyhow::Result<PathBuf> {
    match text.parse() {
        Ok(number) => folder(number),
        Err(_) => Ok(PathBuf::from(text)),
    }
}

/// Opens the folder of a run.
///
/// # Errors
/// Returns an error if this is not the folder of a run, or its test can't be read.
pub(crate) fn open(path: &Path) -> anyhow::Result<StoredFiles> {
    if !path.join("test.json").is_file() {
        return Err(bad(format!(
            "{} is not the folder of a run: it has no test.json",
            path.display()
        )));
    }
    StoredFiles::open(path)
}

/// Returns the folder of a run by its number: 0 is the oldest run, and -1 the newest.
fn folder(number: i64) -> anyhow::Result<PathBuf> {
    let runs = runs(Path::new(ROOT))?;
    let count = runs.len();
    let position = match usize::try_from(number) {
        Ok(position) => Some(position),
        Err(_) => usize::try_from(number.unsigned_abs())
            .ok()
            .and_then(|back| count.checked_sub(back)),
    };
    let run = position.and_then(|position| runs.into_iter().nth(position));
    run.ok_or_else(|| bad(format!("there is no run {number}: {ROOT} has {count} runs")))
}

/// Returns the folders of all runs below this one, the oldest first.
///
/// # Errors
/// Returns an error if a folder can't be read.
pub(crate) fn runs(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut runs = Vec::new();
    for workload in folders(root)? {
        runs.extend(folders(&workload)?);
    }
    // The names of runs are timestamps.
    runs.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(runs)
}

/// Returns the folders in a folder; none if it does not exist. Links are skipped.
fn folders(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let inside = || format!("can't read the folder {}", path.display());
    let mut folders = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(inside)? {
            let entry = entry.with_context(inside)?;
            if entry.file_type().with_context(inside)?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(folders)
}

/// Returns the error in the results of a run. A run that was killed has no results.
fn error(run: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Results {
        error: Option<String>,
    }

    let text = fs::read(run.join("results.json")).ok()?;
    serde_json::from_slice::<Results>(&text).ok()?.error
}

/// Returns the panics of nodes in the results of a run.
fn panics(run: &Path) -> Option<Value> {
    let text = fs::read_to_string(run.join("results.edn")).ok()?;
    Value::from_edn(&text).ok()?.get(PANIC).cloned()
}

impl StoredRun {
    /// Reads a stored run.
    ///
    /// # Errors
    /// Returns an error if this is not the folder of a run, or a file can't be read.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let files = open(path)?;
        let net = NetStats::read(files.journal()?);
        Ok(Self {
            origin: files.origin()?,
            test: files.test,
            history: History::read(&path.join("history.edn"))?,
            net: net.context("can't read the journal")?,
            error: error(path),
            panics: panics(path),
            path: path.to_owned(),
        })
    }

    /// Checks the run, with the panics and the error that its results record.
    pub(crate) fn check(&self, options: &Options, workload: &dyn Workload) -> Results {
        let results = judge::check(options, workload, &self.history, &self.net);
        let results = match &self.panics {
            Some(panics) => results.with_stored_panics(panics.clone()),
            None => results,
        };
        match &self.error {
            Some(error) => results.with_run_error(error),
            None => results,
        }
    }

    /// Replaces the stored results.
    pub(crate) fn write_results(&self, results: &Results) -> anyhow::Result<()> {
        write_results(&self.path, results, &self.history)
    }
}
