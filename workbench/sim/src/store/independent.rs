//! Stores the files of each key, for workloads that check each key separately.

use std::fs;
use std::path::Path;

use anyhow::Context;
use mael_checkers::independent;
use mael_history::edn::Pretty;
use mael_history::{History, Value};

use super::write;
use crate::judge::Results;

/// Writes the results and the history of each key to `independent/<key>/`, if the workload has
/// results for each key.
///
/// # Errors
/// Returns an error if a file can't be written.
pub(super) fn write_keys(run: &Path, results: &Results, history: &History) -> anyhow::Result<()> {
    let workload = results.map.get("workload");
    let Some(Value::Map(keys)) = workload.and_then(|workload| workload.get("results")) else {
        return Ok(());
    };
    let mut histories = independent::split(history).unwrap_or_default();
    for (key, results) in keys {
        let folder = run.join("independent").join(file_name(key));
        fs::create_dir_all(&folder)
            .with_context(|| format!("can't create the folder {}", folder.display()))?;
        write(&folder, "results.edn", &format!("{}\n", Pretty(results)))?;
        let history = histories.remove(key).unwrap_or_default();
        let lines = history.0.iter().map(|operation| format!("{operation}\n"));
        write(&folder, "history.edn", &lines.collect::<String>())?;
    }
    Ok(())
}

/// Converts a key to a folder name.
fn file_name(key: &Value) -> String {
    let name = match key {
        Value::Str(text) => text.clone(),
        other => other.to_string(),
    };
    name.replace(|letter: char| letter == '/' || letter.is_control(), "_")
}
