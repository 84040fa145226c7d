//! Tests that the table in the documentation has exactly one row for each case.

use std::collections::BTreeSet;
use std::fs;

use mael_tests::workspace;

use crate::stricter::{histories, nodes};

/// Returns the cells of each row of the table.
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
fn the_table_has_a_row_for_each_case() {
    let cases = histories::CASES.iter().map(|case| {
        let has_node = nodes::NODES.iter().any(|node| {
            (node.workload, node.request, node.reply) == (case.workload, case.request, case.reply)
        });
        let tested_by = if has_node { "node, history" } else { "history" };
        [
            case.workload,
            case.request,
            case.reply,
            case.maelstrom,
            case.finding.unwrap_or("-"),
            tested_by,
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
        "cases without a row: {missing:#?}\nrows without a case: {untested:#?}"
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
