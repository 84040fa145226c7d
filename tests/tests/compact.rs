//! How long the challenges are, which is to read as declarations of their algorithms.

use std::fs;

use mael_tests::workspace;

/// The lines of each module, imports counted, comments and blank lines apart. A module that grows
/// beyond its figure has something that belongs in the runtime, for every node.
const MOST_LINES: [(&str, usize); 10] = [
    ("echo", 9),
    ("unique_ids", 12),
    ("broadcast", 28),
    ("broadcast_batch", 78),
    ("g_set", 16),
    ("g_counter", 18),
    ("g_counter_kv", 25),
    ("pn_counter", 22),
    ("kafka", 82),
    ("txn", 58),
];

/// The same of all modules of `lin_kv`, which is Raft and the store that clients see. It has several
/// messages under way to each node, so that answers come late, and out of order.
const MOST_LINES_OF_LIN_KV: usize = 440;

/// How many lines are more than a comment.
fn lines(source: &str) -> usize {
    let lines = source.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

#[test]
fn no_challenge_grows() {
    for (module, most) in MOST_LINES {
        let path = workspace().join(format!("challenges/src/{module}.rs"));
        let source = fs::read_to_string(path).unwrap();
        let lines = lines(&source);
        assert!(lines <= most, "{module} has {lines} lines, and had {most}");
    }
    let modules = fs::read_dir(workspace().join("challenges/src/lin_kv")).unwrap();
    let lines: usize = modules
        .map(|module| lines(&fs::read_to_string(module.unwrap().path()).unwrap()))
        .sum();
    assert!((1..=MOST_LINES_OF_LIN_KV).contains(&lines), "{lines} lines");
}

#[test]
fn comments_and_blank_lines_do_not_count() {
    let source = "//! A page.\n\nuse a::b; // why\n\n    /// What.\n    // Why.\nfn f() {}\n";
    assert_eq!(lines(source), 2);
}
