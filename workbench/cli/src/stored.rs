//! A run that was stored before.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mael_history::net::NetStats;
use mael_history::{History, Value};
use serde::Deserialize;

use mael_sim::command::bad;
use mael_sim::judge::{PANIC, Results};
use mael_sim::store::{ROOT, StoredTest, write_results};

/// A run that was stored before, perhaps not to its end.
pub(crate) struct Stored {
    pub(crate) path: PathBuf,
    /// What was run.
    pub(crate) test: StoredTest,
    /// What was recorded.
    pub(crate) history: History,
    /// The messages.
    pub(crate) net: NetStats,
    /// Why the run was broken off, if its results say so.
    pub(crate) error: Option<String>,
    /// What the results say of panics of nodes, of which nothing else was recorded.
    pub(crate) panics: Option<Value>,
}

/// The folder of the run with a number, counted from 0 for the oldest, or from -1 for the newest
/// backwards.
pub(crate) fn folder(number: i64) -> anyhow::Result<PathBuf> {
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

/// The folders of all runs below this one, the oldest first.
///
/// # Errors
/// When a folder can't be looked into.
pub(crate) fn runs(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut runs = Vec::new();
    for workload in folders(root)? {
        runs.extend(folders(&workload)?);
    }
    // The names of runs are times.
    runs.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(runs)
}

/// The folders in a folder; none, if that does not exist. Links are left out.
fn folders(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let inside = || format!("can't look into the folder {}", path.display());
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

/// What the results of a run say went wrong with it. A run that was killed has none.
fn error(run: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Results {
        error: Option<String>,
    }

    let text = fs::read(run.join("results.json")).ok()?;
    serde_json::from_slice::<Results>(&text).ok()?.error
}

/// What the results of a run say of panics of its nodes.
fn panics(run: &Path) -> Option<Value> {
    let text = fs::read_to_string(run.join("results.edn")).ok()?;
    Value::from_edn(&text).ok()?.get(PANIC).cloned()
}

impl Stored {
    /// Reads what was recorded.
    ///
    /// # Errors
    /// When this is not the folder of a run, or a file can't be read.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let test = path.join("test.json");
        if !test.is_file() {
            return Err(bad(format!(
                "{} is not the folder of a run: it has no test.json",
                path.display()
            )));
        }
        let unreadable = |path: &Path| format!("can't read {}", path.display());
        let text = fs::read(&test).with_context(|| unreadable(&test))?;
        let journal = path.join("net-journal.jsonl");
        let net = File::open(&journal).and_then(|file| NetStats::read(BufReader::new(file)));
        Ok(Self {
            test: serde_json::from_slice(&text).with_context(|| unreadable(&test))?,
            history: History::read(&path.join("history.edn"))?,
            net: net.with_context(|| unreadable(&journal))?,
            error: error(path),
            panics: panics(path),
            path: path.to_owned(),
        })
    }

    /// Writes the results in place of those that are there.
    pub(crate) fn write_results(&self, results: &Results) -> anyhow::Result<()> {
        write_results(&self.path, results, &self.history)
    }
}
