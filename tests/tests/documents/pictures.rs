//! The pictures of README.md and of the guide, which are those of the failing simulation that the
//! document shows.
//!
//! `MAEL_DOCUMENTS=overwrite` draws them again; the report needs Chromium.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mael_tests::workspace;

use crate::blocks::{Block, blocks};
use crate::{book, overwrites, printed};

/// Returns the first command of a document that simulates a node.
fn simulation(document: &str) -> String {
    let text = fs::read_to_string(workspace().join(document)).unwrap();
    let steps = blocks(&text).into_iter().flat_map(|block| match block {
        Block::Text(_) => Vec::new(),
        Block::Commands { steps, .. } => steps,
    });
    let mut commands = steps.map(|step| step.command);
    commands.find(|it| it.starts_with("cargo sim")).unwrap()
}

/// Runs the simulation that a document shows, in a folder, and returns the folder of the run.
fn run(document: &str, folder: &Path) -> PathBuf {
    printed(&simulation(document), folder);
    folder.join("store/latest").canonicalize().unwrap()
}

/// Tests that a document shows a picture as it was drawn, or updates it.
fn check(shown: &Path, drawn: &Path) {
    let drawn = fs::read_to_string(drawn).unwrap();
    if overwrites() {
        fs::write(shown, drawn).unwrap();
    } else {
        assert_eq!(fs::read_to_string(shown).unwrap(), drawn);
    }
}

/// Returns the browser on the path.
fn browser() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).map(|folder| folder.join("chromium"));
    files.find(|file| file.is_file())
}

/// Takes a picture of the first screen of a page.
fn screenshot(browser: &Path, page: &Path, picture: &Path) {
    let profile = tempfile::tempdir().unwrap();
    let finished = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--hide-scrollbars", "--window-size=1000,600"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(finished.status.success(), "{finished:?}");
}

#[test]
fn the_readme_shows_the_diagram_of_its_minimal_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = run("README.md", folder.path());
    let pictures = workspace().join("docs/pictures");
    check(&pictures.join("minimal-run.svg"), &run.join("trace.svg"));
    if !overwrites() {
        return;
    }
    match browser() {
        Some(browser) => {
            let [page, picture] = [run.join("report.html"), pictures.join("report.png")];
            screenshot(&browser, &page, &picture);
        }
        None => println!("there is no Chromium, so docs/pictures/report.png is not renewed"),
    }
}

#[test]
fn the_guide_shows_the_pictures_of_its_failing_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = run("docs/guide/src/results.md", folder.path());
    let pictures = book::folder().join("pictures");
    for (shown, drawn) in [
        ("minimal-run.svg", "trace.svg"),
        ("latency-raw.svg", "latency-raw.svg"),
    ] {
        check(&pictures.join(shown), &run.join(drawn));
    }
}
