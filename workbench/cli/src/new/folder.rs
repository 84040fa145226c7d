//! Writes a new folder with all of its files, or none.

use std::fs;
use std::path::Path;

use anyhow::Context;
use mael_sim::command::bad;

use super::files::File;

/// Writes the folder.
///
/// # Errors
/// Returns an error if there is something at this path other than an empty folder, or a file can't
/// be written. Nothing is left then.
pub(super) fn write(path: &Path, files: &[File]) -> anyhow::Result<()> {
    let shown = path.display();
    if path.is_dir() {
        let mut entries = fs::read_dir(path).with_context(|| format!("can't read {shown}"))?;
        if entries.next().is_some() {
            return Err(bad(format!(
                "the folder {shown} is not empty: choose another name"
            )));
        }
    } else if path.symlink_metadata().is_ok() {
        return Err(bad(format!("{shown} exists already: choose another name")));
    }
    let path = std::path::absolute(path)?;
    let parent = path.parent().context("the root folder has no parent")?;
    let failed = || format!("can't write the folder {shown}");
    fs::create_dir_all(parent).with_context(failed)?;
    // Written beside it, so that it appears as a whole.
    let unfinished = tempfile::tempdir_in(parent).with_context(failed)?;
    let folder = unfinished.path().join("new");
    for File { name, text } in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(&folder)).with_context(failed)?;
        fs::write(file, text).with_context(failed)?;
    }
    fs::rename(folder, &path).with_context(failed)
}
