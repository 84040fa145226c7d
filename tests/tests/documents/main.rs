//! What the documents show: every command in them runs, and prints what stands below it.
//!
//! A block of the language `console` has commands, which begin with `$`, and what they print; a
//! line `...` stands for any lines. A block of the language `sh` has commands alone.
//!
//! `MAEL_DOCUMENTS=overwrite cargo test --release -p mael-tests --test documents --
//! --include-ignored` writes what commands print into the blocks that differ.

mod blocks;
mod output;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mael_tests::{binary, workspace};

use blocks::{Block, Step, blocks};

/// All documents with commands, from the folder of the workspace.
const DOCUMENTS: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/benchmarks.md",
    "docs/differences.md",
    "docs/histories.md",
    "docs/running.md",
];

/// How the commands begin that are not run here, and what runs them.
const ELSEWHERE: [(&str, &str); 14] = [
    ("cargo build", "`cargo mael test` builds the same"),
    ("TRYBUILD=overwrite", "it overwrites sources"),
    ("cargo mael serve", "it never ends; `bench::serve` runs it"),
    ("cargo test", "the tests run themselves"),
    (".ci/run", "it runs these tests"),
    ("MAEL_DOCUMENTS=overwrite cargo test", "it runs these tests"),
    (
        "MAEL_SEED=7 cargo test",
        "`simulation::replay` sets the variable",
    ),
    ("cargo bench", "benchmarks take minutes"),
    ("cargo doc", "`.ci/run` builds the documentation"),
    ("cargo run --release -p mael-sim --example", "takes minutes"),
    ("cargo install", "installs a tool"),
    (
        "cargo expand",
        "needs a tool; the expansions of `macros/tests` show the same",
    ),
    ("cargo mutants", "takes hours, and needs a tool"),
    ("maelstrom test", "needs Maelstrom"),
];

/// The commands that take real time: these run with `--ignored` only, in the folder of the
/// workspace, where they build binaries.
const SLOW: [&str; 3] = ["cargo mael glomers", "cargo mael demo", "cargo mael test"];

fn is_slow(command: &str) -> bool {
    SLOW.iter().any(|begin| command.starts_with(begin))
}

fn runs_elsewhere(command: &str) -> bool {
    ELSEWHERE
        .iter()
        .any(|(begin, _)| command.starts_with(begin))
}

/// Runs a command of a document in a folder, and returns what it printed, stderr left out.
fn printed(command: &str, folder: &Path) -> String {
    static BINARIES: OnceLock<[PathBuf; 2]> = OnceLock::new();
    let [mael, sim] = BINARIES.get_or_init(|| [binary("mael"), binary("sim")]);
    let command = command.split(" #").next().unwrap_or_default();
    let words = shlex::split(command).unwrap_or_else(|| panic!("not a command: {command}"));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (program, args) = match &*words {
        ["cargo", "mael", args @ ..] => (mael, args),
        ["cargo", "sim", args @ ..] => (sim, args),
        _ => panic!("neither `cargo mael` nor `cargo sim`, nor said to run elsewhere: {command}"),
    };
    let mut program = Command::new(program);
    let finished = program
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the command can be run");
    // A document shows what fails as well as what passes, but no command that is refused.
    let is_shown = matches!(finished.status.code(), Some(0..=2));
    let errors = String::from_utf8_lossy(&finished.stderr);
    assert!(is_shown, "`{command}` is refused: {errors}");
    String::from_utf8(finished.stdout).expect("the output is text")
}

/// Runs the steps of a document that are as slow as this, in order and in one folder.
fn check(document: &str, slow: bool) {
    let overwrites = env::var("MAEL_DOCUMENTS").is_ok_and(|value| value == "overwrite");
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
    if overwrites {
        fs::write(&path, written).unwrap();
    } else {
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn commands_of_the_documents_print_what_the_documents_show() {
    for document in DOCUMENTS {
        check(document, false);
    }
}

#[test]
#[ignore = "takes ten minutes: real tests in real time"]
fn slow_commands_of_the_documents_print_what_the_documents_show() {
    for document in DOCUMENTS {
        check(document, true);
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
                    // The rows of a table can't be wrapped.
                    let is_row = comment.starts_with("//! |") || comment.starts_with("/// |");
                    comment.starts_with("//") && !is_row && line.chars().count() > 100
                });
                wide.extend(too_wide.map(|(_, number)| format!("{}:{number}", path.display())));
            }
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}
