//! Runs the nodes in Python that the documents show, with the commands below them.

use std::fs;
use std::path::Path;
use std::process::Command;

use mael_tests::{mael, workspace};

/// Returns the first block of a language in a document.
fn block(document: &str, language: &str) -> String {
    let text = fs::read_to_string(workspace().join(document)).unwrap();
    let begin = format!("```{language}\n");
    let block = text
        .split(&begin)
        .nth(1)
        .unwrap_or_else(|| panic!("no {language}: {document}"));
    block.split("```").next().unwrap_or_default().to_owned()
}

/// Runs the document's first command that begins with this, and asserts that it passes.
fn check(document: &str, begin: &str, folder: &Path) {
    let text = fs::read_to_string(workspace().join(document)).unwrap();
    let command = text.lines().find(|line| line.starts_with(begin));
    let words = shlex::split(command.unwrap()).unwrap();
    let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let finished = mael(folder, &args);
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert!(
        finished.text().ends_with("Everything looks good!\n"),
        "{finished:?}"
    );
}

/// Returns whether there is Python, and says so if there is none.
fn has_python() -> bool {
    let has_python = Command::new("python3").arg("--version").output().is_ok();
    if !has_python {
        eprintln!("NOT TESTED: the nodes in Python, because there is no `python3`");
    }
    has_python
}

#[test]
fn the_node_of_the_readme_passes() {
    if has_python() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("node.py"), block("README.md", "python")).unwrap();
        check(
            "README.md",
            "mael test -w echo --bin \"python3",
            folder.path(),
        );
    }
}

#[test]
fn the_handlers_of_broadcast_pass_in_a_new_node() {
    if has_python() {
        let document = "docs/languages.md";
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            mael(folder.path(), &["new", "mine", "--lang", "python"]).code(),
            0
        );
        let mine = folder.path().join("mine");
        let node = fs::read_to_string(mine.join("node.py")).unwrap();
        let (before, after) = node.split_once("\n\n\ndef unknown").unwrap();
        assert!(before.ends_with("HANDLERS = {\"init\": init, \"echo\": echo}"));
        let handlers = block(document, "python");
        let node = format!("{before}\n\n{handlers}\n\ndef unknown{after}");
        fs::write(mine.join("node.py"), node).unwrap();
        check(document, "mael test -w broadcast", &mine);
    }
}
