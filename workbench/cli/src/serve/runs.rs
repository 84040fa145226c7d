//! The page of all runs.

use std::fs;
use std::path::Path;

use crate::stored::runs;
use serde_json::Value as Json;

use super::html::{document, escape, link};

/// The files of a run that are linked to, in the order of the columns.
const FILES: [&str; 5] = [
    "results.edn",
    "history.edn",
    "history.jsonl",
    "net-journal.jsonl",
    "mael.log",
];

/// Returns a table of all runs, the newest first, in the colors of their verdicts.
///
/// # Errors
/// Returns an error if the folder can't be read.
pub(super) fn page(root: &Path) -> anyhow::Result<String> {
    let runs = runs(root)?;
    let rows: Vec<String> = runs.iter().rev().map(|run| row(root, run)).collect();
    let content = if rows.is_empty() {
        "<p>There are no runs yet. Run a test with <code>cargo mael test</code>.</p>".to_owned()
    } else {
        format!(
            "<table>\n<tr><th>Workload</th><th>Time</th><th>Verdict</th><th colspan=\"6\">Files</th></tr>\n{}\n</table>",
            rows.join("\n")
        )
    };
    Ok(document("Runs", &content))
}

fn row(root: &Path, run: &Path) -> String {
    let name = run.strip_prefix(root).unwrap_or(run);
    let path = format!("/files/{}", name.display());
    let (workload, time) = match (name.parent(), name.file_name()) {
        (Some(workload), Some(time)) => (workload.display().to_string(), time.to_string_lossy()),
        _ => unreachable!("a run is in the folder of its workload"),
    };
    let (verdict, color) = verdict(run);
    let files = FILES.into_iter().filter(|file| run.join(file).is_file());
    let files = files.map(|file| link(&format!("{path}/{file}"), file));
    let archive = link(&format!("{path}.zip"), "zip");
    let files: String = files
        .chain([archive])
        .map(|link| format!("<td>{link}</td>"))
        .collect();
    format!(
        "<tr style=\"background: {color}\"><td>{}</td><td>{}</td><td>{verdict}</td>{files}</tr>",
        escape(&workload),
        link(&path, &time),
    )
}

/// Returns the verdict of a run, and Jepsen's color for it.
fn verdict(run: &Path) -> (&'static str, &'static str) {
    let results = fs::read(run.join("results.json")).unwrap_or_default();
    // A run that was killed has no results.
    let results: Json = serde_json::from_slice(&results).unwrap_or_default();
    match &results["valid?"] {
        Json::Bool(true) => ("valid", "#6DB6FE"),
        Json::Bool(false) => ("invalid", "#FEB5DA"),
        Json::String(_) => ("unknown", "#FFAA26"),
        _ => ("incomplete", "#eaeaea"),
    }
}
