//! Tests the documents: every command in them runs, and prints the output shown below it.
//!
//! A block of the language `console` contains commands, which start with `$`, and their output, in
//! which a line `...` matches any number of lines. A block of the language `sh` contains only
//! commands.
//!
//! `MAEL_DOCUMENTS=overwrite cargo test --release -p mael-tests --test documents --
//! --include-ignored` updates the output in the blocks that differ, and the pictures.

mod blocks;
mod book;
mod guide;
mod languages;
mod links;
mod output;
mod pictures;
mod samples;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mael_tests::{binary, workspace};

use blocks::{Block, Step, blocks};

/// The documents with commands beside the guide, relative to the root of the workspace.
const DOCUMENTS: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/benchmarks.md",
    "docs/differences.md",
    "docs/histories.md",
    "docs/languages.md",
    "docs/running.md",
];

/// Returns all documents with commands, relative to the root of the workspace.
fn documents() -> Vec<String> {
    let pages = book::pages();
    let pages = pages.iter().map(|page| format!("docs/guide/src/{page}"));
    DOCUMENTS
        .map(str::to_owned)
        .into_iter()
        .chain(pages)
        .collect()
}

/// The prefixes of commands that this test doesn't run, with the reason or the test that runs them.
const ELSEWHERE: [(&str, &str); 17] = [
    ("cargo build", "`cargo mael test` builds the same"),
    ("TRYBUILD=overwrite", "overwrites sources"),
    (
        "cargo mael serve",
        "runs until it is killed; `bench::serve` tests it",
    ),
    ("cargo test", "runs these tests"),
    (".ci/run", "runs these tests"),
    ("MAEL_DOCUMENTS=overwrite cargo test", "runs these tests"),
    (
        "MAEL_SEED=7 cargo test",
        "`simulation::replay` tests the variable",
    ),
    ("cargo bench", "takes minutes"),
    ("cargo doc", "`.ci/run` builds the documentation"),
    ("cargo run --release -p mael-sim --example", "takes minutes"),
    ("cargo install", "installs a tool"),
    (
        "cargo expand",
        "requires a tool; `macros/tests/expansion` tests the same",
    ),
    ("cargo mutants", "takes hours and requires a tool"),
    ("maelstrom test", "needs Maelstrom"),
    (
        "mael test",
        "`languages` runs those of nodes in other languages, and `bench::new` those of new crates",
    ),
    ("rust-gdb", "waits for input"),
    ("cargo add", "changes the created crate"),
];

/// The flag of commands that run the node of a page of the guide, which this test doesn't run. The
/// example of the page simulates the same node.
const NODE_OF_THE_GUIDE: &str = "--bin mine";

/// The prefixes of commands that run in real time. They only run with `--ignored`, at the root of
/// the workspace, where they build binaries.
const SLOW: [&str; 3] = ["cargo mael glomers", "cargo mael demo", "cargo mael test"];

fn is_slow(command: &str) -> bool {
    SLOW.iter().any(|begin| command.starts_with(begin))
}

fn runs_elsewhere(command: &str) -> bool {
    let mut prefixes = ELSEWHERE.iter().map(|(begin, _)| begin);
    prefixes.any(|begin| command.starts_with(begin)) || command.contains(NODE_OF_THE_GUIDE)
}

/// Runs a command of a document in a folder, and returns its stdout.
fn printed(command: &str, folder: &Path) -> String {
    static BINARIES: OnceLock<[String; 2]> = OnceLock::new();
    let [mael, sim] = BINARIES.get_or_init(|| ["mael", "sim"].map(quoted_binary));
    let args = command.strip_prefix("cargo mael ");
    let args = args.or_else(|| command.strip_prefix("mael "));
    let (command, worst_status) = if let Some(args) = args {
        // Documents can show runs that fail, but no invalid commands.
        (format!("{mael} {args}"), 2)
    } else if let Some(args) = command.strip_prefix("cargo sim ") {
        (format!("{sim} {args}"), 2)
    } else if command.starts_with("diff ") {
        (command.to_owned(), 0)
    } else {
        panic!("neither `mael`, `cargo sim` nor `diff`, nor listed in `ELSEWHERE`: {command}")
    };
    let finished = Command::new("sh")
        .args(["-c", &command])
        .current_dir(folder)
        .output()
        .expect("the command can be run");
    let is_shown = finished
        .status
        .code()
        .is_some_and(|status| status <= worst_status);
    let errors = String::from_utf8_lossy(&finished.stderr);
    assert!(is_shown, "`{command}` fails: {errors}");
    String::from_utf8(finished.stdout).expect("the output is UTF-8")
}

/// Builds a binary of the workspace, and returns its path as a word of a shell command.
fn quoted_binary(name: &str) -> String {
    let path = binary(name);
    let path = path.to_str().expect("the path is UTF-8");
    let quoted = shlex::try_quote(path).expect("a path has no NUL bytes");
    quoted.into_owned()
}

/// Returns whether documents are updated rather than tested.
fn overwrites() -> bool {
    env::var("MAEL_DOCUMENTS").is_ok_and(|value| value == "overwrite")
}

/// Runs the slow steps of a document, or all others, in order and in one folder.
fn check(document: &str, slow: bool) {
    let path = workspace().join(document);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
    let temporary = tempfile::tempdir().unwrap();
    let folder = if slow { workspace() } else { temporary.path() };
    let mut written = String::new();
    let mut differences = Vec::new();
    for block in blocks(&text) {
        let (fence, steps) = match block {
            Block::Text(text) => {
                written.push_str(&text);
                continue;
            }
            Block::Commands { fence, steps } => (fence, steps),
        };
        let check = |step: Step| {
            if runs_elsewhere(&step.command) || is_slow(&step.command) != slow {
                return step;
            }
            let printed = printed(&step.command, folder);
            match &step.output {
                Some(shown) if !output::matches(shown, &printed, slow) => {
                    differences.push(format!("{document}: `{}` prints\n{printed}", step.command));
                    let output = Some(printed);
                    Step { output, ..step }
                }
                _ => step,
            }
        };
        let steps = steps.into_iter().map(check).collect();
        written.push_str(&Block::Commands { fence, steps }.to_string());
    }
    if overwrites() {
        fs::write(&path, written).unwrap();
    } else {
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn commands_print_the_output_shown_in_the_documents() {
    for document in documents() {
        check(&document, false);
    }
}

#[test]
#[ignore = "takes ten minutes: runs tests in real time"]
fn slow_commands_print_the_output_shown_in_the_documents() {
    for document in documents() {
        check(&document, true);
    }
}

#[test]
fn comments_fit_in_100_columns() {
    let mut folders: Vec<PathBuf> = ["macros", "runtime", "workbench", "challenges", "tests"]
        .map(|folder| workspace().join(folder))
        .into();
    let mut wide = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let lines = text.lines().zip(1..);
                let too_wide = lines.filter(|(line, _)| {
                    let comment = line.trim_start();
                    // Table rows can't be wrapped.
                    let is_row = comment.starts_with("//! |") || comment.starts_with("/// |");
                    comment.starts_with("//") && !is_row && line.chars().count() > 100
                });
                wide.extend(too_wide.map(|(_, number)| format!("{}:{number}", path.display())));
            }
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}
