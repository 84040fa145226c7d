//! Finds histories that Mael, Maelstrom or Jepsen stored in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use mael_sim::command::bad;

/// The names of history files in the folder of a run. The first is preferred, since EDN
/// distinguishes keywords from strings.
const NAMES: [&str; 2] = ["history.edn", "history.jsonl"];

/// A stored history.
pub(crate) struct StoredHistory {
    pub(crate) path: PathBuf,
    /// Whether it was found in a folder rather than given as a file.
    pub(crate) is_of_run: bool,
    /// The workload, if it is stored with the history.
    pub(crate) workload: Option<String>,
    /// The consistency models, if they are stored with the history.
    pub(crate) consistency_models: Option<Vec<String>>,
    /// The flags of the workload that are stored with the history.
    pub(crate) workload_flags: BTreeMap<String, String>,
}

/// The options of a test, as Mael stores them.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StoredOptions {
    workload: Option<String>,
    consistency_models: Option<Vec<String>>,
    #[serde(default)]
    workload_flags: BTreeMap<String, String>,
}

impl StoredHistory {
    fn new(path: PathBuf, is_of_run: bool, workloads: &[&str]) -> Self {
        let options = fs::read(path.with_file_name("test.json")).ok();
        let options = options.and_then(|text| serde_json::from_slice::<StoredOptions>(&text).ok());
        let options = options.unwrap_or_default();
        Self {
            workload: options.workload.or_else(|| workload_of(&path, workloads)),
            workload_flags: options.workload_flags,
            consistency_models: options.consistency_models,
            is_of_run,
            path,
        }
    }
}

/// Returns the workload from the name of a folder, as in `store/kafka/20251122T233901/`.
fn workload_of(history: &Path, workloads: &[&str]) -> Option<String> {
    let history = std::path::absolute(history).ok()?;
    let names = history.ancestors().skip(1).take(2);
    let mut names = names.filter_map(|folder| folder.file_name()?.to_str());
    names
        .find(|name| workloads.contains(name))
        .map(str::to_owned)
}

/// Returns the histories at or below a path. Links are not followed, since those in a store lead to
/// runs in the same store.
///
/// # Errors
/// Returns an error if there is no such path or no history below it, or a folder can't be read.
pub(crate) fn histories(path: &Path, workloads: &[&str]) -> anyhow::Result<Vec<StoredHistory>> {
    if path.is_file() {
        return Ok(vec![StoredHistory::new(path.to_owned(), false, workloads)]);
    }
    if !path.is_dir() {
        return Err(bad(format!(
            "there is no file or folder {}",
            path.display()
        )));
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let inside = || format!("can't read the folder {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(inside)? {
            let entry = entry.with_context(inside)?;
            // Jepsen's folder for the parts of a history that is checked key by key.
            let is_part = entry.file_name() == "independent";
            if entry.file_type().with_context(inside)?.is_dir() && !is_part {
                folders.push(entry.path());
            }
        }
        // Jepsen's binary format, which is stored next to the text or alone.
        let names = NAMES.into_iter().chain([BINARY]);
        let mut files = names.map(|name| folder.join(name));
        found.extend(files.find(|file| file.is_file()));
    }
    found.sort_unstable();
    if found.is_empty() {
        let [edn, json] = NAMES;
        let path = path.display();
        return Err(bad(format!(
            "there is no {edn} or {json} in or below {path}"
        )));
    }
    let stored = found
        .into_iter()
        .map(|path| StoredHistory::new(path, true, workloads));
    Ok(stored.collect())
}

/// The name of Jepsen's file for a whole run.
const BINARY: &str = "test.jepsen";
