//! Tests the messages that the guide shows: lines marked `<` are input of a node, and lines marked
//! `>` its output.

use std::fs;
use std::process::Command;

use mael_tests::{binary, run_on, workspace};

#[test]
fn the_guide_shows_the_replies_of_the_echo_node() {
    let page = workspace().join("runtime/docs/guide/echo.md");
    let page = fs::read_to_string(page).expect("the page can be read");
    let marked = |mark: &str| -> Vec<&str> {
        let lines = page.lines().filter_map(|line| line.strip_prefix(mark));
        lines.collect()
    };
    let input = marked("< ").join("\n") + "\n";
    let finished = run_on(&mut Command::new(binary("echo")), input);
    let printed: Vec<&str> = finished.text().lines().collect();
    assert_eq!(printed.len(), 3, "{finished:?}");
    assert_eq!(printed, marked("> "));
}
