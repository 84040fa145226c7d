//! Tests `mael new`: its crates build and pass outside the workspace, its nodes in other languages
//! pass, and bad arguments leave nothing behind.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mael_tests::{Finished, binary, mael, workspace};
use tempfile::TempDir;

/// Runs `mael new` with these arguments in an empty folder.
fn new(args: &[&str]) -> (TempDir, Finished) {
    let folder = tempfile::tempdir().unwrap();
    let finished = mael(folder.path(), &[&["new"], args].concat());
    (folder, finished)
}

/// Returns the names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

#[test]
fn bad_arguments_are_rejected_and_nothing_is_written() {
    for (args, reason) in [
        (&["Mine"] as &[&str], "\"Mine\" can't be the name of a node"),
        (&["fn"], "choose another one, such as my-fn"),
        (&["../.."], "can't be the name of a node"),
        (&["mine", "--workload", "brodcast"], "'broadcast'"),
        (&["mine", "--lang", "pyhton"], "'python'"),
        (
            &["mine", "--lang", "go", "-w", "kafka"],
            "--workload is for nodes in Rust",
        ),
        (&["mine", "--protocol", "-w", "echo"], "cannot be used with"),
        (
            &["mine", "--protocol", "--lang", "go"],
            "cannot be used with",
        ),
        (&[], "<NAME>"),
        (&["file/mine"], "can't write the folder file/mine"),
        (&["file"], "file exists already: choose another name"),
        (
            &["full"],
            "the folder full is not empty: choose another name",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        fs::create_dir(folder.path().join("full")).unwrap();
        fs::write(folder.path().join("full/file"), "").unwrap();
        let finished = mael(folder.path(), &[&["new"], args].concat());
        // The arguments do not show that a folder can't be written.
        let status = if reason.starts_with("can't write") {
            255
        } else {
            254
        };
        assert_eq!(finished.code(), status, "{args:?}: {finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
        assert!(
            finished.stderr.contains(reason),
            "{reason}: {}",
            finished.stderr
        );
        assert_eq!(names(folder.path()), ["file", "full"], "{args:?}");
        assert_eq!(names(&folder.path().join("full")), ["file"], "{args:?}");
    }
}

#[test]
fn a_folder_has_all_files_and_may_exist_if_it_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mine")).unwrap();
    let finished = mael(folder.path(), &["new", "mine", "-w", "g-set"]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(names(folder.path()), ["mine"]);
    let mine = folder.path().join("mine");
    let files = [
        ".cargo",
        ".gitignore",
        "Cargo.toml",
        "README.md",
        "examples",
        "src",
    ];
    assert_eq!(names(&mine), files);
    let readme = fs::read_to_string(mine.join("README.md")).unwrap();
    assert!(
        readme.contains("\n## g-set\n\nA set that only grows"),
        "{readme}"
    );
    let ignored = fs::read_to_string(mine.join(".gitignore")).unwrap();
    assert_eq!(ignored, "/target/\n/store/\n");
    // What to do next is the same in both places.
    for command in commands(&mine) {
        assert!(
            finished.text().contains(&command),
            "{command}: {}",
            finished.text()
        );
    }
}

/// Returns the commands in the README of a new folder.
fn commands(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("README.md")).unwrap();
    let block = text.split("```").nth(1).unwrap().to_owned();
    let lines = block.lines().skip(1);
    let without_comment = |line: &str| line.split("  #").next().unwrap().to_owned();
    lines.map(without_comment).collect()
}

/// Runs a command in a folder, where `mael` is on `PATH`. Cargo builds into the folder of this
/// workspace, with the same versions and settings, so that most of it is built already.
fn command(folder: &Path, command: &str) -> Finished {
    let mael = binary("mael");
    let programs = mael.parent().unwrap().to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(
        [programs.clone()]
            .into_iter()
            .chain(env::split_paths(&path)),
    );
    let target = programs.parent().unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env("CARGO_TARGET_DIR", target)
        .env_remove("CARGO_MANIFEST_DIR");
    // A build can take longer than the watchdog of other commands.
    let output = shell.output().expect("the command can be run");
    Finished {
        status: output.status,
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Writes a crate with these arguments, with the locked versions and profiles of this workspace.
fn new_crate(name: &str, args: &[&str]) -> (TempDir, PathBuf) {
    let (folder, finished) = new(&[&[name], args].concat());
    assert_eq!(finished.code(), 0, "{finished:?}");
    let path = folder.path().join(name);
    fs::copy(workspace().join("Cargo.lock"), path.join("Cargo.lock")).unwrap();
    // The crate has a configuration of its own; cargo adds that of the folder around it.
    fs::create_dir(folder.path().join(".cargo")).unwrap();
    let config = ".cargo/config.toml";
    fs::copy(workspace().join(config), folder.path().join(config)).unwrap();
    (folder, path)
}

/// Runs these commands of a new crate's README.
fn check_commands(folder: &Path, commands: &[String]) {
    for line in commands {
        let finished = command(folder, line);
        assert_eq!(
            finished.code(),
            0,
            "{line}: {}\n{}",
            finished.text(),
            finished.stderr
        );
        let passed = if line.starts_with("cargo test") {
            "test result: ok. 1 passed"
        } else if line.contains(" sim ") {
            "; 0 failed; seed 0 replays exactly"
        } else {
            "Everything looks good!"
        };
        assert!(
            finished.text().contains(passed),
            "{line}: {}",
            finished.text()
        );
        assert!(
            !finished.stderr.contains("warning"),
            "{line}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_crate_with_a_protocol_of_its_own_passes_its_test_and_is_simulated() {
    let (_folder, path) = new_crate("my-seats", &["--protocol"]);
    let commands = commands(&path);
    assert_eq!(commands.len(), 3);
    // The third builds everything again, optimized.
    check_commands(&path, &commands[..2]);
}

#[test]
fn the_crate_of_a_workload_passes_its_test_and_is_simulated() {
    let (_folder, path) = new_crate("my-broadcast", &["-w", "broadcast"]);
    // With a dependency on the whole workbench, other packages have the features with which they
    // are built already.
    let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
    let workbench = workspace().join("workbench/cli");
    let workbench = format!("[dev-dependencies]\nmael-workbench = {{ path = {workbench:?} }}");
    let manifest = manifest.replace("[dev-dependencies]", &workbench);
    fs::write(path.join("Cargo.toml"), manifest).unwrap();
    let commands = commands(&path);
    assert_eq!(commands.len(), 3);
    check_commands(&path, &commands[..2]);
}

#[test]
#[ignore = "takes minutes: builds a crate for each workload, also optimized"]
fn the_crates_of_all_workloads_pass_as_their_readme_says() {
    let workloads = mael_sim::workloads::all();
    let of_workload = |name| vec!["-w", name];
    let all = workloads
        .iter()
        .map(|workload| of_workload(workload.name()));
    for (number, args) in all.chain([vec!["--protocol"]]).enumerate() {
        let name = format!("node-{number}");
        let (_folder, path) = new_crate(&name, &args);
        check_commands(&path, &commands(&path));
    }
}

#[test]
fn nodes_in_other_languages_pass() {
    for (language, interpreter, file) in [
        ("python", "python3 --version", "node.py"),
        ("javascript", "node --version", "node.js"),
        ("go", "go version", "go.mod"),
    ] {
        let (folder, finished) = new(&["mine", "--lang", language]);
        assert_eq!(finished.code(), 0, "{finished:?}");
        let path = folder.path().join("mine");
        assert!(path.join(file).is_file(), "{language}");
        let commands = commands(&path);
        assert!(commands[1].ends_with(" --watch"), "{commands:?}");
        if command(&path, interpreter).status.success() {
            check_commands(&path, &commands[..1]);
        } else {
            eprintln!("NOT TESTED: the node in {language}, because `{interpreter}` fails");
        }
    }
}
