//! Small files, each written at once.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

/// Writes a file in the folder of a run.
pub(super) fn write(run: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = run.join(name);
    fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))
}

/// A value as indented JSON.
pub(super) fn to_json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
