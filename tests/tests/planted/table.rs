//! The table of the bugs in this suite's documentation.

use std::fs;
use std::path::PathBuf;

use mael_tests::workspace;

use super::bugs::{Bug, bugs};
use super::search::Found;

/// What the table begins with.
const HEAD: &str = "| bug | kind | where | found by `cargo` | what fails | seeds |\n\
                    |---|---|---|---|---|---|\n";

fn page() -> PathBuf {
    workspace().join("tests/PLANTED.md")
}

/// What the row of a bug begins with.
pub(super) fn key(path: &str, bug: &Bug) -> String {
    let Bug { name, kind, .. } = bug;
    format!("| {name} | {kind} | `{path}` | `{}` | ", bug.found_by)
}

/// The row of a bug.
pub(super) fn row(path: &str, bug: &Bug, found: Option<&Found>) -> String {
    let (what, seeds) = match found {
        Some(found) => (&*found.what, found.seeds),
        None => ("nothing", None),
    };
    let seeds = seeds.map_or_else(String::new, |seeds| seeds.to_string());
    format!("{}{what} | {seeds} |", key(path, bug))
}

fn text() -> String {
    fs::read_to_string(page()).expect("the page can be read")
}

/// The table's rows, without what was found.
pub(super) fn keys() -> Vec<String> {
    let text = text();
    let (_, rows) = text.split_once(HEAD).expect("the page has the table");
    let key = |row: &str| row.split_inclusive(" | ").take(4).collect();
    rows.lines().map(key).collect()
}

/// Writes what was found into the page. The rows of bugs that were not searched for stay.
pub(super) fn write(found: &[(&'static Bug, Option<Found>)]) {
    let text = text();
    let (before, old) = text.split_once(HEAD).expect("the page has the table");
    let rows = bugs().into_iter().map(|(path, bug)| {
        let searched = found.iter().find(|(other, _)| other.name == bug.name);
        let key = key(path, bug);
        let old = old.lines().find(|row| row.starts_with(&key));
        let row = match (searched, old) {
            (None, Some(old)) => old.to_owned(),
            _ => row(path, bug, searched.and_then(|(_, found)| found.as_ref())),
        };
        row + "\n"
    });
    let text = format!("{before}{HEAD}{}", rows.collect::<String>());
    fs::write(page(), text).expect("the page can be written");
}
