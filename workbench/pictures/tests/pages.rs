//! Opens pages in headless Chromium: they have no errors, and show what they should.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use mael_history::{History, Validity, Value};
use mael_pictures::{Report, Run, latency_raw, report, timeline};

/// A text of a node that would run if it became markup.
const EVIL: &str = "</script><script>console.error('markup')</script><img src=x onerror=alert(1)>";

/// What a page did in a browser.
struct Opened {
    /// The document, after its scripts ran.
    dom: String,
    /// What was logged to the console.
    console: Vec<String>,
}

/// Returns the browser.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |it| it.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// Opens a page, or returns `None` and says so if there is no browser.
fn open(page: &str) -> Option<Opened> {
    let Some(browser) = browser() else {
        // Not captured, unlike `eprintln!`.
        let skipped = b"SKIPPED: there is no Chromium, so pages are not opened\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    fs::write(&file, page).unwrap();
    Some(run(&browser, folder.path(), &file))
}

fn run(browser: &Path, profile: &Path, file: &Path) -> Opened {
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=5000"])
        .args(["--window-size=1200,800"])
        .arg(format!(
            "--user-data-dir={}",
            profile.join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let console = log.lines().filter(|line| line.contains(":CONSOLE"));
    Opened {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        console: console.map(str::to_owned).collect(),
    }
}

/// A history in which a node answers with markup, and its results.
fn planted() -> (History, Value) {
    let mut history = History::from_edn(
        "{:process 0, :time 1000000000, :type :invoke, :f :echo, :value \"a\"}
         {:process 0, :time 2000000000, :type :ok, :f :echo, :value \"EVIL\"}
         {:process 1, :time 3000000000, :type :invoke, :f :echo, :value \"b\"}
         {:process :nemesis, :time 3500000000, :type :info, :f :kill, :value {\"n1\" :killed}}
         {:process 1, :time 4000000000, :type :info, :f :echo, :value \"b\", :error :net-timeout}",
    )
    .unwrap();
    history.0[1].value = Value::from(EVIL);
    let results = "{:workload {:valid? false, :errors [{:index 1, :process 0}]}}";
    (history, Value::from_edn(results).unwrap())
}

#[test]
fn errors_of_a_page_are_noticed() {
    let page = "<script>console.error('planted')</script>";
    if let Some(opened) = open(page) {
        assert!(
            opened.console[0].contains("planted"),
            "{:?}",
            opened.console
        );
    }
}

#[test]
fn the_timeline_shows_operations_without_errors() {
    let (history, results) = planted();
    let nodes = ["n1".to_owned(), EVIL.to_owned()];
    let page = timeline(&Run::new("echo", &history, &results, &nodes, 2));
    let Some(Opened { dom, console }) = open(&page) else {
        return;
    };
    assert_eq!(console, [""; 0]);
    assert!(
        dom.contains("0.000 s to 4.000 s: 2 of 2 operations"),
        "{dom}"
    );
    // The first anomaly is selected.
    assert!(
        dom.contains("operation 0: echo \"a\"\nok after 1000 ms"),
        "{dom}"
    );
    assert!(!dom.contains("<img"), "{dom}");
    // Of 4 s, the first operation takes the second one, on a chart that starts at 130.
    let ok = dom.split("<path class=\"ok\" d=\"M").nth(1).unwrap();
    let [x, width] = [ok.split(',').next(), ok.split(['h', 'v']).nth(1)];
    let [x, width]: [f64; 2] = [x, width].map(|px| px.unwrap().parse().unwrap());
    assert!((x - 130.0 - width).abs() < 0.3, "{x} {width}");
}

#[test]
fn the_report_starts_with_the_verdict_and_needs_no_other_file() {
    let (history, results) = planted();
    let nodes = ["n1".to_owned(), EVIL.to_owned()];
    let run = Run::new("echo", &history, &results, &nodes, 2);
    let explanations = [("workload", format!("G1a: {EVIL}"))];
    let page = report(
        &run,
        &Report {
            verdict: "Analysis invalid!",
            valid: Validity::False,
            checked: &[("seed", "7".to_owned())],
            minimal: Some("<svg><title>minimal</title></svg>"),
            explanations: &explanations,
            conclusions: &["so the history is not serializable"],
            unnamed: "wrong-echo",
            figures: &[("operations", "2".to_owned())],
            summary: EVIL,
            anomalies: &[],
            pictures: &[("Latencies", latency_raw(&run))],
            files: &[("timeline.html", "the operations")],
        },
    );
    let loaded = ["src=\"http", "href=\"http", "@import", "url("];
    assert!(loaded.iter().all(|it| !page.contains(it)));
    let Some(Opened { dom, console }) = open(&page) else {
        return;
    };
    assert_eq!(console, [""; 0]);
    let verdict = dom
        .find("<p class=\"verdict bad\">Analysis invalid!</p>")
        .unwrap();
    assert!(verdict < dom.find("<h2").unwrap());
    let minimal = dom.find("<svg><title>minimal").unwrap();
    assert!(verdict < minimal && minimal < dom.find("<h3>G1a</h3>").unwrap());
    assert!(!dom.contains("<img") && dom.contains("&lt;img"), "{dom}");
}

#[test]
fn a_timeline_of_many_operations_opens() {
    let line = |number: u64| {
        let (process, time) = (number % 50, number * 100_000);
        ["invoke", "ok"].map(|kind| {
            format!(
                "{{:process {process}, :time {time}, :type :{kind}, :f :write, :value {number}}}\n"
            )
        })
    };
    let lines: String = (0..110_000).flat_map(line).collect();
    let history = History::from_edn(&lines).unwrap();
    let page = timeline(&Run::new("kv", &history, &Value::Nil, &[], 50));
    assert!(page.contains("This page has 100000 operations. The other 10000 are in"));
    if let Some(Opened { dom, console }) = open(&page) {
        assert_eq!(console, [""; 0]);
        assert!(dom.contains("of 100000 operations"));
    }
}
