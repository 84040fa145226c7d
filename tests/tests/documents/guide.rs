//! Tests what the pages of the guide show besides commands: messages of a node, and lines of
//! reports.

use std::fs;
use std::process::Command;

use mael_tests::{binary, run, run_on};

use crate::{book, output};

/// Pages, the start of a line that they show, and a simulation that prints such a line with other
/// figures.
const LINES: [(&str, &str, &str); 4] = [
    ("echo", "58 operations in ", "echo --time-limit 2"),
    (
        "counter",
        "wrong-final-read (",
        "reference-g-counter --time-limit 5 --no-shrink -- --bug counts-locally",
    ),
    (
        "gossip",
        "lost (",
        "reference-broadcast --time-limit 5 --nemesis partition --nemesis-interval 1 --no-shrink \
         -- --bug sends-once",
    ),
    (
        "key_value",
        "wrong-final-read (",
        "reference-g-counter --time-limit 5 --no-shrink -- --bug reads-from-cache",
    ),
];

fn page(name: &str) -> String {
    let path = book::folder().join(format!("{name}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_guide_shows_the_replies_of_the_echo_node() {
    let page = page("echo");
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

#[test]
fn the_guide_shows_lines_of_reports_as_they_are_printed() {
    let sim = binary("sim");
    for (name, begin, args) in LINES {
        let page = page(name);
        let mut shown = page.lines().filter(|line| line.starts_with(begin));
        let shown = shown.next().expect("the page shows the line");
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(&sim);
        let finished = run(command.args(args.split(' ')).current_dir(&folder));
        let mut printed = finished.text().lines();
        let is_printed = printed.any(|line| output::matches(shown, line, true));
        assert!(is_printed, "{name}: {shown}\n{}", finished.text());
    }
}
