//! Tests the shell completions and the man pages.

use std::fs;

use super::run_mael;

#[test]
fn completions_of_each_shell_complete_an_installed_program() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let finished = run_mael(&["completions", shell]);
        assert_eq!(finished.code(), 0, "{finished:?}");
        let script = finished.text();
        assert!(script.contains("nemesis-interval"), "{shell}: {script}");
        assert!(!script.contains("cargo mael"), "{shell}: {script}");
    }
    let finished = run_mael(&["completions", "tcsh"]);
    assert_eq!(finished.code(), 254, "{finished:?}");
    assert!(finished.stderr.contains("'tcsh'"), "{finished:?}");
}

#[test]
fn man_pages_document_each_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("new/pages");
    let finished = run_mael(&["man", pages.to_str().unwrap()]);
    assert_eq!(finished.code(), 0, "{finished:?}");
    let page = |name: &str| fs::read_to_string(pages.join(name)).unwrap();
    assert!(page("mael.1").contains("mael\\-glomers(1)"));
    assert!(page("mael-test.1").contains("\\-\\-nemesis\\-interval"));

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let finished = run_mael(&["man", file.to_str().unwrap()]);
    assert_eq!(finished.code(), 255, "{finished:?}");
    assert!(
        finished
            .stderr
            .starts_with("error: can't write man pages to")
    );
}
