//! The table of the documentation has a row for each case, and no others.

use std::collections::BTreeSet;
use std::fs;

use mael_tests::workspace;

use crate::stricter::{histories, nodes};

/// The cells of each row of the table.
fn rows() -> Vec<Vec<String>> {
    let page = fs::read_to_string(workspace().join("workbench/checkers/docs/stricter.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    })
    .collect()
}

#[test]
fn each_row_is_a_case_and_each_case_a_row() {
    let cases = histories::CASES.iter().map(|case| {
        let sent = nodes::NODES.iter().any(|node| {
            (node.workload, node.request, node.reply) == (case.workload, case.request, case.reply)
        });
        let by = if sent { "node, history" } else { "history" };
        [
            case.workload,
            case.request,
            case.reply,
            case.original,
            case.finding.unwrap_or("-"),
            by,
        ]
        .map(str::to_owned)
        .to_vec()
    });
    let cases: BTreeSet<Vec<String>> = cases.collect();
    let rows: BTreeSet<Vec<String>> = rows().into_iter().collect();
    let missing: Vec<_> = cases.difference(&rows).collect();
    let untested: Vec<_> = rows.difference(&cases).collect();
    assert!(
        missing.is_empty() && untested.is_empty(),
        "rows that the table lacks: {missing:#?}\nrows without a case: {untested:#?}"
    );
}

#[test]
fn each_node_belongs_to_a_case() {
    for node in nodes::NODES {
        let case = histories::CASES.iter().find(|case| {
            (node.workload, node.request, node.reply) == (case.workload, case.request, case.reply)
        });
        assert!(case.is_some(), "{}: {}", node.workload, node.reply);
    }
}

#[test]
fn each_workload_has_rows() {
    let names: BTreeSet<&str> = histories::CASES.iter().map(|case| case.workload).collect();
    assert_eq!(names.len(), 10);
}
