//! Zip archives of folders.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::Path;

use anyhow::Context;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Packs all files below a folder into a temporary file, which is deleted when it is closed. Links
/// are skipped.
///
/// # Errors
/// Returns an error if a file can't be read, or the archive can't be written.
pub(super) fn of(folder: &Path) -> anyhow::Result<File> {
    let file = tempfile::tempfile().context("can't create the archive")?;
    let mut archive = ZipWriter::new(file);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    add(&mut archive, folder, &name).with_context(|| format!("can't pack {}", folder.display()))?;
    let mut file = archive.finish().context("can't finish the archive")?;
    file.seek(SeekFrom::Start(0))
        .context("can't read the archive")?;
    Ok(file)
}

fn add(archive: &mut ZipWriter<File>, folder: &Path, name: &str) -> anyhow::Result<()> {
    let options = SimpleFileOptions::default().large_file(true);
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            add(archive, &entry.path(), &name)?;
        } else if kind.is_file() {
            archive.start_file(name, options)?;
            io::copy(&mut File::open(entry.path())?, archive)?;
        }
    }
    Ok(())
}
