//! A copy of the workspace with the bugs in it, and what is built there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use mael_tests::workspace;

use super::bugs::files;
use super::switches::{question, with_switches};

/// What belongs to the workspace.
const PARTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "README.md",
    "challenges",
    "macros",
    "runtime",
    "tests",
    "workbench",
];

/// The crate root of the runtime.
const ROOT: &str = "runtime/src/lib.rs";

/// A copy of the workspace with all bugs in it, each behind its switch.
pub(super) struct Copy {
    source: PathBuf,
    target: PathBuf,
}

impl Copy {
    /// Makes the copy, and builds the simulator and these suites, optimized. Copy and target folder
    /// are kept from one time to the next, so that only what has changed is built again.
    ///
    /// # Panics
    /// When a bug does not fit, or the copy can't be made or built.
    pub(super) fn build(suites: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
        let (source, target) = (folder.join("source"), folder.join("target"));
        write(&source, &sources());
        let copy = Self { source, target };
        let mut command = copy.cargo(&["test", "--no-run", "--bin", "sim"]);
        command.args(suites.iter().flat_map(|suite| ["--test", suite]));
        let built = command.output().expect("cargo can be run");
        let text = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{text}");
        copy
    }

    /// Cargo, to do something with the package of the suites.
    fn cargo(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").expect("cargo sets it"));
        command
            .current_dir(&self.source)
            .args(words)
            .args(["--release", "--quiet", "--locked", "--package=mael-tests"])
            .arg("--target-dir")
            .arg(&self.target);
        command
    }

    /// The simulator.
    pub(super) fn sim(&self) -> Command {
        let sim = self.target.join("release/sim");
        Command::new(sim.with_extension(env::consts::EXE_EXTENSION))
    }

    /// A test of a suite that was built.
    pub(super) fn test(&self, suite: &str, test: &str) -> Command {
        let mut command = self.cargo(&["test", "--test", suite, test]);
        command.args(["--", "--exact"]);
        command
    }
}

/// The files of the workspace, with switches for all bugs.
fn sources() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut sources = BTreeMap::new();
    for part in PARTS {
        collect(Path::new(part), &mut sources);
    }
    for file in files() {
        let text = with_switches(workspace(), file);
        sources.insert(file.path.into(), text.into_bytes());
    }
    let root = sources.get_mut(Path::new(ROOT));
    let root = root.expect("the runtime has a root");
    root.extend(question().into_bytes());
    sources
}

fn collect(path: &Path, sources: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let here = workspace().join(path);
    if here.is_dir() {
        for name in names(&here) {
            collect(&path.join(name), sources);
        }
    } else {
        let bytes = fs::read(&here).expect("a source can be read");
        sources.insert(path.to_owned(), bytes);
    }
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder can be read");
    let entries = entries.map(|entry| entry.expect("a folder can be read to its end"));
    entries.map(|entry| entry.file_name().into()).collect()
}

/// Makes a folder hold these files and no others. What is there already is not touched, lest it be
/// built again.
fn write(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    remove_others(folder, Path::new(""), files);
    for (path, bytes) in files {
        let path = folder.join(path);
        if fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        let parent = path.parent().expect("a file is in a folder");
        fs::create_dir_all(parent).expect("a folder can be made");
        fs::write(&path, bytes).expect("a file can be written");
    }
}

fn remove_others(folder: &Path, path: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    let here = folder.join(path);
    if here.is_dir() {
        for name in names(&here) {
            remove_others(folder, &path.join(name), files);
        }
    } else if here.exists() && !files.contains_key(path) {
        fs::remove_file(&here).expect("a file can be removed");
    }
}
