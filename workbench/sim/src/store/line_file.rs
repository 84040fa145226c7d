//! A file that contains only complete lines at any time.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The maximum number of buffered bytes, in addition to one line.
const MOST: usize = 64 * 1024;

/// The maximum time that a line is buffered while others are written.
const LONGEST: Duration = Duration::from_millis(100);

/// A buffered file. Complete lines are flushed soon after they are written, so that the file can be
/// read even if this process is killed. A write that ends in the middle of a line must be followed
/// by the rest of it.
pub struct LineFile {
    file: File,
    /// Lines that are not in the file yet.
    lines: Vec<u8>,
    /// When the buffer was last written to the file.
    written: Instant,
}

impl LineFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create(path)?,
            lines: Vec::new(),
            written: Instant::now(),
        })
    }
}

impl Write for LineFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.extend_from_slice(bytes);
        let ends = bytes.last() == Some(&b'\n');
        if ends && (self.lines.len() >= MOST || self.written.elapsed() >= LONGEST) {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written = Instant::now();
        let written = self.file.write_all(&self.lines);
        self.lines.clear();
        written
    }
}

impl Drop for LineFile {
    fn drop(&mut self) {
        // A caller that needs the error calls `flush`.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_never_ends_within_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let mut file = LineFile::create(&path).unwrap();
        let mut lengths = Vec::new();
        for number in 0..20_000 {
            write!(file, "{number}").unwrap();
            file.write_all(b" and more\n").unwrap();
            if number % 100 == 0 {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.is_empty() || text.ends_with(" and more\n"));
                lengths.push(text.len());
            }
        }
        // The file grows as it is written.
        lengths.dedup();
        assert!(lengths.len() > 3, "{lengths:?}");
        drop(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 20_000);
    }
}
