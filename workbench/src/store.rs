//! What is kept of a run: a folder under `store/`.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use jiff::Zoned;

use crate::checkers::Results;
use crate::{Test, Value};

/// Where all runs are kept, in the working directory.
const ROOT: &str = "store";

/// The folder of one run.
pub(crate) struct Store {
    /// `store`.
    root: PathBuf,
    /// `<workload>/<time>`, below that.
    run: PathBuf,
}

impl Store {
    /// Makes the folder of a run that begins now, and points `store/current` to it.
    pub(crate) fn create(workload: &str) -> anyhow::Result<Self> {
        let root = PathBuf::from(ROOT);
        let folder = root.join(workload);
        fs::create_dir_all(&folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
        loop {
            let time = file_time(&Zoned::now());
            let path = folder.join(&time);
            match fs::create_dir(&path) {
                Ok(()) => {
                    let run = Path::new(workload).join(time);
                    let store = Self { root, run };
                    store.link(&store.root.join("current"), &store.run)?;
                    return Ok(store);
                }
                // Another run began in the same millisecond.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) => {
                    let path = path.display().to_string();
                    return Err(error).context(format!("can't make the folder {path}"));
                }
            }
        }
    }

    /// The run's folder.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.join(&self.run)
    }

    /// Where the history goes.
    pub(crate) fn history(&self) -> anyhow::Result<Box<dyn Write>> {
        self.create_file("history.jsonl")
    }

    /// Where the journal of messages goes.
    pub(crate) fn journal(&self) -> anyhow::Result<Box<dyn Write>> {
        self.create_file("net-journal.jsonl")
    }

    /// The folder of the nodes' logs.
    pub(crate) fn node_logs(&self) -> anyhow::Result<PathBuf> {
        let logs = self.path().join("node-logs");
        fs::create_dir_all(&logs)
            .with_context(|| format!("can't make the folder {}", logs.display()))?;
        // Nodes run in another folder.
        Ok(std::path::absolute(logs)?)
    }

    /// Writes what the run is to be.
    pub(crate) fn write_test(&self, test: &Test) -> anyhow::Result<()> {
        self.write_json("test.json", &test.to_value())
    }

    /// Writes the results, and points `latest` to this run.
    pub(crate) fn finish(&mut self, results: &Results) -> anyhow::Result<()> {
        self.write_json("results.json", &results.map)?;
        self.link(&self.root.join("latest"), &self.run)?;
        let (Some(workload), Some(time)) = (self.run.parent(), self.run.file_name()) else {
            unreachable!("a run lies in the folder of its workload");
        };
        self.link(&self.root.join(workload).join("latest"), Path::new(time))
    }

    fn write_json(&self, name: &str, value: &Value) -> anyhow::Result<()> {
        let mut file = self.create_file(name)?;
        serde_json::to_writer_pretty(&mut file, value)
            .map_err(std::io::Error::from)
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.flush())
            .with_context(|| format!("can't write {}", self.path().join(name).display()))
    }

    fn create_file(&self, name: &str) -> anyhow::Result<Box<dyn Write>> {
        let path = self.path().join(name);
        let file = File::create(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(Box::new(BufWriter::new(file)))
    }

    /// Makes `link` point to `target`, in place of what it pointed to. It is made under another
    /// name first, so that there is never no link.
    fn link(&self, link: &Path, target: &Path) -> anyhow::Result<()> {
        let new = link.with_extension(format!("new-{}", std::process::id()));
        let made = match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => symlink(target, &new).and_then(|()| fs::rename(&new, link)),
        };
        made.with_context(|| format!("can't make the link {}", link.display()))
    }
}

/// Local time in the basic ISO form with milliseconds and zone, such as `20251122T233901.123Z`.
fn file_time(now: &Zoned) -> String {
    let zone = if now.offset().is_zero() { "Z" } else { "%z" };
    now.strftime(&format!("%Y%m%dT%H%M%S.%3f{zone}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_and_name_their_zone() {
        let time = |text: &str| file_time(&text.parse().unwrap());
        assert_eq!(
            time("2025-11-22T23:39:01.1239+00:00[UTC]"),
            "20251122T233901.123Z"
        );
        assert_eq!(
            time("2025-11-22T23:39:01-05:30[-05:30]"),
            "20251122T233901.000-0530"
        );
    }
}
