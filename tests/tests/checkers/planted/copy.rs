//! A copy of the workspace in which patches are applied and built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use mael_tests::planted::patches::Patch;
use mael_tests::{run, workspace};

/// A copy of the workspace.
pub(super) struct Copy {
    source: PathBuf,
    target: PathBuf,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Copy {
    /// Makes the copy. It is kept between runs with its build artifacts, so that only changes are
    /// rebuilt.
    ///
    /// # Panics
    /// Panics if it can't be made.
    pub(super) fn make() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
        let copy = Self {
            source: folder.join("source"),
            target: folder.join("target"),
            files: files(),
        };
        copy.restore();
        copy
    }

    /// Restores the files of the workspace and removes all others. Unchanged files are not written,
    /// so they are not rebuilt.
    pub(super) fn restore(&self) {
        self.remove_others(Path::new(""));
        for (path, bytes) in &self.files {
            let path = self.source.join(path);
            if fs::read(&path).is_ok_and(|existing| existing == *bytes) {
                continue;
            }
            let parent = path.parent().expect("a file is in a folder");
            fs::create_dir_all(parent).expect("a folder can be created");
            fs::write(&path, bytes).expect("a file can be written");
        }
    }

    fn remove_others(&self, path: &Path) {
        let path_in_copy = self.source.join(path);
        if path_in_copy.is_dir() {
            for entry in fs::read_dir(&path_in_copy).expect("a folder can be read") {
                let entry = entry.expect("a folder can be read to its end");
                self.remove_others(&path.join(entry.file_name()));
            }
        } else if path_in_copy.exists() && !self.files.contains_key(path) {
            fs::remove_file(&path_in_copy).expect("a file can be removed");
        }
    }

    /// Applies a patch. Returns true if it applies completely.
    ///
    /// # Panics
    /// Panics if the program `patch` can't be run.
    pub(super) fn apply(&self, patch: &Patch) -> bool {
        let mut command = Command::new("patch");
        command
            .current_dir(&self.source)
            .args(["--strip=1", "--forward", "--batch", "--input"])
            .arg(patch.path());
        run(&mut command).status.success()
    }

    /// Builds the simulator in release mode.
    ///
    /// # Panics
    /// Panics if the copy can't be built.
    pub(super) fn build(&self) {
        let built = self.cargo(&["build", "--bin=sim"]).output();
        let built = built.expect("cargo can be run");
        let text = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{text}");
    }

    /// Returns the command of the simulator that was built last.
    pub(super) fn sim(&self) -> Command {
        let sim = self.target.join("release/sim");
        Command::new(sim.with_extension(env::consts::EXE_EXTENSION))
    }

    /// Returns the command that builds and runs a test.
    pub(super) fn test(&self, suite: &str, test: &str) -> Command {
        self.cargo(&["test", "--test", suite, "--", "--exact", test])
    }

    /// Returns a cargo command for the package of the suites. More codegen units make the build
    /// faster than the optimization they prevent would make the search.
    fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").expect("cargo sets it"));
        let (subcommand, rest) = args
            .split_first()
            .expect("the arguments start with a subcommand");
        command
            .current_dir(&self.source)
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .arg(subcommand)
            .args(["--release", "--quiet", "--locked", "--package=mael-tests"])
            .arg("--target-dir")
            .arg(&self.target)
            .args(rest);
        command
    }
}

/// Reads the files of the workspace that git does not ignore.
fn files() -> BTreeMap<PathBuf, Vec<u8>> {
    let listed = Command::new("git")
        .current_dir(workspace())
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .expect("git can be run");
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    // A removed file is listed until the removal is committed.
    let paths = paths.split_terminator('\0').map(PathBuf::from);
    let paths = paths.filter(|path| workspace().join(path).exists());
    let read = |path: &PathBuf| fs::read(workspace().join(path)).expect("a source can be read");
    paths.map(|path| (path.clone(), read(&path))).collect()
}
