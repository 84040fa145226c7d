//! The results of a run.

use std::fs;
use std::path::Path;

use anyhow::Context;
use mael_checkers::independent;
use mael_history::edn::Pretty;
use mael_history::{History, Value};

use super::text_file::{to_json, write};
use crate::judge::Results;

/// Writes the results of a history to the folder of a run.
///
/// # Errors
/// Returns an error if a file can't be written.
pub fn write_results(run: &Path, results: &Results, history: &History) -> anyhow::Result<()> {
    write(run, "results.json", &to_json(&results.map)?)?;
    let edn = format!("{}\n", Pretty(&results.map));
    write(run, "results.edn", &edn)?;
    write_keys(run, results, history)
}

/// Writes the results and the history of each key to `independent/<key>/`, if the workload checks
/// each key on its own.
fn write_keys(run: &Path, results: &Results, history: &History) -> anyhow::Result<()> {
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
