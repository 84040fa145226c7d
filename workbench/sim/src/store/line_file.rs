//! A file of lines, whole at any time.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How many bytes are kept back at most, but for one line.
const MOST: usize = 64 * 1024;

/// How long a line is kept back, unless nothing is written any more.
const LONGEST: Duration = Duration::from_millis(100);

/// A file that gets whole lines only, soon after they were written, so that it can be read
/// wherever this process is killed. What is written last in a call must end a line, or be followed
/// by the rest of it.
pub struct LineFile {
    file: File,
    /// What the file has not got yet.
    lines: Vec<u8>,
    /// When it last got something.
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
        // Whoever must know whether this succeeds has flushed before.
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
        // It grows while it is written.
        lengths.dedup();
        assert!(lengths.len() > 3, "{lengths:?}");
        drop(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 20_000);
    }
}
