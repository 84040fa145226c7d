//! `mael test --watch`: runs a test again when the files of its program change.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use mael_history::text::counted;
use mael_sim::Exit;
use mael_sim::output::print_error;

use super::Ended;
use crate::bin::Bin;
use crate::real::interrupt;

/// How often the files are examined.
const INTERVAL: Duration = Duration::from_millis(200);

/// The time and size of each file; none for a file that does not exist.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Runs a test with the program that `name` names, and again each time its files change, until a
/// signal ends that. Returns how the last run ended.
pub(super) fn main(
    name: &str,
    args: &[String],
    mut bin: Bin,
    test: impl Fn(&Bin) -> anyhow::Result<Ended>,
) -> anyhow::Result<Exit> {
    let mut watch = Watch::new(bin.files(args));
    loop {
        let ended = test(&bin)?;
        if ended.was_interrupted {
            return Ok(ended.exit);
        }
        loop {
            if !watch.wait(|| bin.files(args))? {
                return Ok(ended.exit);
            }
            match Bin::find(name) {
                Ok(found) => {
                    bin = found;
                    break;
                }
                // It may be built after the next change.
                Err(error) => print_error(&format!("error: {error:#}")),
            }
        }
        watch.follow(bin.files(args));
    }
}

/// The files of a program as they were when its test started.
struct Watch {
    seen: Stamps,
}

impl Watch {
    fn new(files: Vec<PathBuf>) -> Self {
        let seen = stamps(files);
        Self { seen }
    }

    /// Waits until a file has changed, been added or removed, and no file changes any more. Returns
    /// whether that was so, rather than that the command was interrupted.
    ///
    /// # Errors
    /// Returns an error if the signal handlers can't be installed.
    fn wait(&mut self, files: impl Fn() -> Vec<PathBuf>) -> io::Result<bool> {
        print_error(&format!("{}; Ctrl-C ends", self.waits_for()));
        let executor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        executor.block_on(async {
            let mut interrupt = pin!(interrupt()?);
            let mut last = stamps(files());
            loop {
                tokio::select! {
                    biased;
                    () = &mut interrupt => return Ok(false),
                    () = tokio::time::sleep(INTERVAL) => {}
                }
                let now = stamps(files());
                // An editor can remove a file before it writes it again.
                if now == last && now != self.seen {
                    self.seen = now;
                    return Ok(true);
                }
                last = now;
            }
        })
    }

    /// Watches these files, of which a new build can have more or fewer.
    fn follow(&mut self, files: Vec<PathBuf>) {
        let before = std::mem::take(&mut self.seen);
        self.seen = stamps(files);
        for (path, stamp) in before {
            self.seen.entry(path).and_modify(|now| *now = stamp);
        }
    }

    fn waits_for(&self) -> String {
        let mut files = self.seen.keys();
        match (files.next(), files.next()) {
            (Some(file), None) => format!("waiting until {} changes", file.display()),
            _ => {
                let files = counted(self.seen.len() as u64, "file");
                format!("waiting until one of {files} of the program changes")
            }
        }
    }
}

fn stamps(files: Vec<PathBuf>) -> Stamps {
    let stamp = |path: PathBuf| {
        let stamp = fs::metadata(&path).and_then(|it| Ok((it.modified()?, it.len())));
        (path, stamp.ok())
    };
    files.into_iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_a_build_adds_are_watched_and_changes_during_it_are_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
        fs::write(&first, "").unwrap();
        let mut watch = Watch::new(vec![first.clone()]);
        fs::write(&first, "changed").unwrap();
        fs::write(&second, "").unwrap();
        let both = || vec![first.clone(), second.clone()];
        watch.follow(both());
        let differing = |watch: &Watch| {
            let now = stamps(both());
            let differing = now
                .iter()
                .filter(|(path, stamp)| watch.seen[*path] != **stamp);
            differing.map(|(path, _)| path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(differing(&watch), std::slice::from_ref(&first));
        assert!(watch.wait(both).unwrap());
        assert!(differing(&watch).is_empty());
    }
}
