//! A copy of the workspace for patches to be applied to, and what is built there.

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
    /// Makes the copy. It is kept from one time to the next with what was built of it, so that only
    /// what has changed is built again.
    ///
    /// # Panics
    /// When it can't be made.
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

    /// Makes the copy hold the files of the workspace again and no others. What is the same is not
    /// written, so that it isn't built again.
    pub(super) fn restore(&self) {
        self.remove_others(Path::new(""));
        for (path, bytes) in &self.files {
            let path = self.source.join(path);
            if fs::read(&path).is_ok_and(|there| there == *bytes) {
                continue;
            }
            let parent = path.parent().expect("a file is in a folder");
            fs::create_dir_all(parent).expect("a folder can be made");
            fs::write(&path, bytes).expect("a file can be written");
        }
    }

    fn remove_others(&self, path: &Path) {
        let here = self.source.join(path);
        if here.is_dir() {
            for entry in fs::read_dir(&here).expect("a folder can be read") {
                let entry = entry.expect("a folder can be read to its end");
                self.remove_others(&path.join(entry.file_name()));
            }
        } else if here.exists() && !self.files.contains_key(path) {
            fs::remove_file(&here).expect("a file can be removed");
        }
    }

    /// Applies a patch. Returns whether all of it could be applied.
    ///
    /// # Panics
    /// When the program `patch` can't be run.
    pub(super) fn apply(&self, patch: &Patch) -> bool {
        let mut command = Command::new("patch");
        command
            .current_dir(&self.source)
            .args(["--strip=1", "--forward", "--batch", "--input"])
            .arg(patch.path());
        run(&mut command).status.success()
    }

    /// Builds the simulator, optimized.
    ///
    /// # Panics
    /// When the copy can't be built.
    pub(super) fn build(&self) {
        let built = self.cargo(&["build", "--bin=sim"]).output();
        let built = built.expect("cargo can be run");
        let text = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{text}");
    }

    /// The simulator that was built last.
    pub(super) fn sim(&self) -> Command {
        let sim = self.target.join("release/sim");
        Command::new(sim.with_extension(env::consts::EXE_EXTENSION))
    }

    /// A test, which is built first.
    pub(super) fn test(&self, suite: &str, test: &str) -> Command {
        self.cargo(&["test", "--test", suite, "--", "--exact", test])
    }

    /// Cargo, to do something with the package of the suites. The optimizer's last tenth would cost
    /// more than it saves.
    fn cargo(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").expect("cargo sets it"));
        let (verb, rest) = words.split_first().expect("there is a verb");
        command
            .current_dir(&self.source)
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .arg(verb)
            .args(["--release", "--quiet", "--locked", "--package=mael-tests"])
            .arg("--target-dir")
            .arg(&self.target)
            .args(rest);
        command
    }
}

/// The files of the workspace: all but what git ignores.
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
    let paths = String::from_utf8(listed.stdout).expect("paths are text");
    // A file that was removed is listed until that is committed.
    let paths = paths.split_terminator('\0').map(PathBuf::from);
    let paths = paths.filter(|path| workspace().join(path).exists());
    let read = |path: &PathBuf| fs::read(workspace().join(path)).expect("a source can be read");
    paths.map(|path| (path.clone(), read(&path))).collect()
}
