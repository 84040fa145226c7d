//! Tests the pictures and the report of a run.

use std::fs;
use std::path::Path;

use mael_tests::mael;

use crate::{NODE, echo_test};

/// The pictures and pages of a run.
const DRAWN: [&str; 9] = [
    "report.html",
    "timeline.html",
    "messages.svg",
    "latency-raw.svg",
    "latency-raw.png",
    "latency-quantiles.svg",
    "latency-quantiles.png",
    "rate.svg",
    "rate.png",
];

/// Returns which of the files a run has.
fn drawn(folder: &Path) -> Vec<&'static str> {
    let run = folder.join("store/latest");
    let mut drawn = DRAWN.to_vec();
    drawn.retain(|file| run.join(file).exists());
    drawn
}

#[test]
fn a_run_has_a_report_and_pictures_that_show_markup_of_nodes_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--rate", "20", "--node-count", "1", "--seed", "1", "markup"];
    let finished = mael(folder.path(), &echo_test(NODE, &args));
    assert_eq!(finished.code(), 1, "{finished:?}");
    assert_eq!(drawn(folder.path()), DRAWN);
    let line = finished
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("report: "));
    let report = fs::read_to_string(folder.path().join(line.unwrap())).unwrap();
    assert!(report.contains("Analysis invalid!"));
    assert!(report.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let read = |file| fs::read_to_string(folder.path().join("store/latest").join(file)).unwrap();
    let log = read("mael.log");
    assert!(!log.contains("css"), "the renderer warns of styles: {log}");
    assert_eq!(finished.stderr, "");
    for page in [report, read("timeline.html"), read("messages.svg")] {
        assert!(
            page.contains("alert(1)") && !page.contains("<script>alert(1)"),
            "{page}"
        );
    }
}

#[test]
fn analyze_draws_the_pictures_of_a_stored_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--rate", "20", "--node-count", "1", "correct"];
    assert_eq!(mael(folder.path(), &echo_test(NODE, &args)).code(), 0);
    let run = folder.path().join("store/latest");
    let read = |name| fs::read_to_string(run.join(name)).unwrap();
    let pages = ["timeline.html", "rate.svg", "latency-raw.svg"];
    let before = pages.map(read);
    for name in DRAWN {
        fs::remove_file(run.join(name)).unwrap();
    }
    let analyzed = mael(folder.path(), &["analyze", "--no-pictures"]);
    assert_eq!((analyzed.code(), drawn(folder.path())), (0, Vec::new()));
    let analyzed = mael(folder.path(), &["analyze", "store/latest"]);
    assert_eq!(analyzed.code(), 0, "{analyzed:?}");
    assert!(analyzed.text().contains("report.html"), "{analyzed:?}");
    assert_eq!(drawn(folder.path()), DRAWN);
    assert_eq!(pages.map(read), before);
    assert!(read("report.html").contains("Everything looks good!"));
}

#[test]
fn a_run_without_pictures_has_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "--rate",
        "20",
        "--node-count",
        "1",
        "--no-pictures",
        "correct",
    ];
    let finished = mael(folder.path(), &echo_test(NODE, &args));
    assert_eq!(finished.code(), 0, "{finished:?}");
    assert_eq!(drawn(folder.path()), [""; 0]);
    assert!(!finished.text().contains("report: "), "{finished:?}");
}
