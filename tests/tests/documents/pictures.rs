//! The pictures in README.md: the minimal run that it shows, and the report of that simulation.
//!
//! `MAEL_DOCUMENTS=overwrite` draws both again; the report needs Chromium.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mael_tests::workspace;

use crate::blocks::{Block, blocks};
use crate::{overwrites, printed};

/// Returns the command of README.md that simulates a failing node.
fn failing_simulation() -> String {
    let text = fs::read_to_string(workspace().join("README.md")).unwrap();
    let steps = blocks(&text).into_iter().flat_map(|block| match block {
        Block::Text(_) => Vec::new(),
        Block::Commands { steps, .. } => steps,
    });
    let mut commands = steps.map(|step| step.command);
    commands.find(|it| it.starts_with("cargo sim")).unwrap()
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
    printed(&failing_simulation(), folder.path());
    let run = folder.path().join("store/latest").canonicalize().unwrap();
    let drawn = fs::read_to_string(run.join("trace.svg")).unwrap();
    let pictures = workspace().join("docs/pictures");
    let shown = pictures.join("minimal-run.svg");
    if !overwrites() {
        assert_eq!(fs::read_to_string(shown).unwrap(), drawn);
        return;
    }
    fs::write(shown, drawn).unwrap();
    match browser() {
        Some(browser) => {
            let [page, picture] = [run.join("report.html"), pictures.join("report.png")];
            screenshot(&browser, &page, &picture);
        }
        None => println!("there is no Chromium, so docs/pictures/report.png is not renewed"),
    }
}
