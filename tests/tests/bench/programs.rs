//! Tests what `--bin` takes: files, commands, and programs on `PATH`; and `--watch`.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use mael_tests::{Finished, WATCHDOG, finish, mael_command, run, start};
use serde_json::Value;
use tempfile::TempDir;

use crate::{NODE, echo_test};

/// A folder with a program `bin/a-node` on `PATH`.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("bin");
        fs::create_dir(&programs).unwrap();
        symlink(NODE, programs.join("a-node")).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns the command that runs `mael` in the folder, with `a-node` on `PATH`.
    fn mael(&self, args: &[&str]) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let paths = [self.path().join("bin")]
            .into_iter()
            .chain(env::split_paths(&path));
        let mut command = mael_command(self.path());
        command
            .args(args)
            .env("PATH", env::join_paths(paths).unwrap());
        command
    }

    /// Tests this program with one node.
    fn test(&self, bin: &str, args: &[&str]) -> Finished {
        let args = [&["--node-count", "1", "--no-pictures"], args].concat();
        run(&mut self.mael(&echo_test(bin, &args)))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path().join("store/latest/node-logs/n0.log")).unwrap()
    }

    /// Returns the program that `test.json` names.
    fn stored(&self) -> Value {
        let text = fs::read_to_string(self.path().join("store/latest/test.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["program"].clone()
    }
}

#[test]
fn a_command_has_arguments_before_those_after_two_dashes() {
    let folder = Folder::new();
    let bin = "a-node arguments 'two words'";
    let finished = folder.test(bin, &["--", "--last"]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    let arguments = r#"arguments: ["arguments", "two words", "--last"]"#;
    assert_eq!(folder.log().lines().next(), Some(arguments));
    let stored = folder.stored();
    assert_eq!(stored["bin"], bin);
    assert_eq!(stored["args"], Value::from(vec!["--last"]));

    // A replay runs the same command, unless it gets other arguments.
    let replay = ["test", "--replay", "-1", "--no-pictures"];
    assert_eq!(run(&mut folder.mael(&replay)).code(), 0);
    assert_eq!(folder.log().lines().next(), Some(arguments));
    let other = [&replay[..], &["--", "other"]].concat();
    assert_eq!(run(&mut folder.mael(&other)).code(), 0);
    assert_eq!(folder.stored()["bin"], bin);
    assert_eq!(folder.stored()["args"], Value::from(vec!["other"]));
}

#[test]
fn a_failing_command_is_run_again_with_the_printed_one() {
    let folder = Folder::new();
    let finished = folder.test("a-node wrong-text", &[]);
    assert_eq!(finished.code(), 1, "{finished:?}");
    let again = finished
        .text()
        .lines()
        .find(|line| line.starts_with("run it again with "));
    let again = again.unwrap();
    assert!(again.contains("'--bin=a-node wrong-text'"), "{again}");
    let words = shlex::split(again).unwrap();
    let from = words.iter().position(|word| word == "test").unwrap();
    let words: Vec<&str> = words[from..].iter().map(String::as_str).collect();
    assert_eq!(run(&mut folder.mael(&words)).code(), 1);
}

#[test]
fn commands_run_in_the_current_folder_and_files_elsewhere() {
    let folder = Folder::new();
    fs::copy(NODE, folder.path().join("here")).unwrap();
    fs::write(folder.path().join("start.sh"), "pwd >&2\nexec ./here\n").unwrap();
    let finished = folder.test("sh start.sh", &[]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    let place = folder.path().canonicalize().unwrap();
    let place = place.to_str().unwrap();
    assert_eq!(folder.log().lines().next(), Some(place));
    // Its name is looked up in the folder first, as a file.
    fs::write(
        folder.path().join("a-node"),
        "#!/bin/sh\npwd >&2\nexec \"$1\"\n",
    )
    .unwrap();
    let script = folder.path().join("a-node");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
    let finished = folder.test("a-node", &["--", NODE]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_ne!(folder.log().lines().next(), Some(place));
}

#[test]
fn programs_that_do_not_exist_are_rejected_in_one_line() {
    let folder = Folder::new();
    for (bin, reason) in [
        (
            "no-node",
            "\"no-node\" is neither a file nor a program on PATH, and the current folder",
        ),
        (
            "no-node run .",
            "\"no-node\" is neither a file nor a program on PATH, and the current",
        ),
        ("./no-node run .", "there is no file \"./no-node\""),
        ("", "--bin \"\" is empty"),
        (" ", "--bin \" \" is empty"),
        ("a-node 'x", "--bin \"a-node 'x\" has an unclosed quote"),
    ] {
        let finished = folder.test(bin, &[]);
        assert_eq!(finished.code(), 254, "{bin:?}: {finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
        assert!(
            finished.stderr.contains(reason),
            "{reason}: {}",
            finished.stderr
        );
        assert!(!folder.path().join("store").exists(), "{bin:?}");
    }
    // In a workspace, cargo does not print an error of its own.
    let manifest = "[package]\nname = \"mine\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), "fn main() {}").unwrap();
    let finished = folder.test("no-node", &[]);
    assert_eq!(finished.code(), 254, "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    let reason = "there is no binary \"no-node\" in this workspace; there are mine";
    assert!(finished.stderr.contains(reason), "{}", finished.stderr);
    // What cargo can't read is reported as such.
    fs::write(folder.path().join("Cargo.toml"), "[package").unwrap();
    let finished = folder.test("no-node", &[]);
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert!(
        finished
            .stderr
            .starts_with("error: cargo can't read the workspace: ")
    );
}

#[test]
fn the_official_tests_take_commands() {
    let folder = Folder::new();
    let args = [
        "glomers",
        "--only",
        "1",
        "--time-limit",
        "1",
        "--bin",
        "a-node arguments",
    ];
    let finished = run(&mut folder.mael(&[&args[..], &["--", "x"]].concat()));
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(
        folder.log().lines().next(),
        Some(r#"arguments: ["arguments", "x"]"#)
    );
    assert_eq!(folder.stored()["bin"], "a-node arguments");
}

#[test]
fn variables_reach_the_nodes() {
    let folder = Folder::new();
    let script = "echo \"$MAEL_STORAGE $MAEL_LOG $MAEL_ANY\" >&2\nexec a-node\n";
    fs::write(folder.path().join("start.sh"), script).unwrap();
    let args = echo_test("sh start.sh", &["--node-count", "1", "--no-pictures"]);
    let mut command = folder.mael(&args);
    command
        .env("MAEL_STORAGE", "/tmp/x")
        .env("MAEL_LOG", "debug")
        .env("MAEL_ANY", "1");
    assert_eq!(run(&mut command).code(), 0);
    assert_eq!(folder.log().lines().next(), Some("/tmp/x debug 1"));
}

#[test]
fn a_watched_program_is_tested_again_when_it_changes() {
    let folder = Folder::new();
    let script = folder.path().join("start.sh");
    fs::write(&script, "exec a-node wrong-text\n").unwrap();
    let flags = ["--node-count", "1", "--no-pictures", "--watch"];
    let mut child = start(&mut folder.mael(&echo_test("sh start.sh", &flags)));
    let (sender, lines) = mpsc::channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let wait = || {
        let line = loop {
            let line: String = lines.recv_timeout(WATCHDOG).unwrap();
            if line.starts_with("waiting until ") {
                break line;
            }
        };
        assert!(
            line.contains("one of 2 files of the program changes; Ctrl-C ends"),
            "{line}"
        );
    };
    wait();
    fs::write(&script, "exec a-node correct\n").unwrap();
    wait();
    let pid = child.id().to_string();
    assert!(
        run(Command::new("kill").args(["-INT", &pid]))
            .status
            .success()
    );
    let finished = finish(child);
    // The status is that of the last run.
    assert_eq!(finished.code(), 0, "{finished:?}");
    let verdicts = ["Analysis invalid!", "Everything looks good!"];
    let mut found = finished
        .text()
        .lines()
        .filter(|line| verdicts.contains(line));
    assert_eq!(
        [found.next(), found.next(), found.next()],
        [Some(verdicts[0]), Some(verdicts[1]), None]
    );
}
