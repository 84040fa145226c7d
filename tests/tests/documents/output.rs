//! Whether a document shows what a command prints.

use std::sync::LazyLock;

use regex::Regex;

/// What differs from run to run: the time in the name of a run's folder, and how long a sweep took.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\d{8}T\d{6}\.\d{3}(Z|[+-]\d{4})| in \d+\.\d+ s";
    Regex::new(pattern).expect("the pattern is right")
});

/// What differs from run to run in real time: every figure, and with it the width of a column.
static FIGURES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d+(\.\d+)?\b|-+\||\s+").expect("the pattern is right"));

/// Whether these are the lines that were printed; `...` stands for any lines. Of runs in real time
/// the figures are not compared.
pub(crate) fn matches(shown: &str, printed: &str, in_real_time: bool) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.trim_end().lines();
        lines.map(|line| plain(line, in_real_time)).collect()
    };
    match_lines(&lines(shown), &lines(printed))
}

fn plain(line: &str, in_real_time: bool) -> String {
    let line = VARYING.replace_all(line.trim_end(), "_");
    if in_real_time {
        FIGURES.replace_all(&line, "_").into_owned()
    } else {
        line.into_owned()
    }
}

fn match_lines(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [any, rest @ ..] if any == "..." => {
            (0..=printed.len()).any(|from| match_lines(rest, &printed[from..]))
        }
        [line, rest @ ..] => printed.first() == Some(line) && match_lines(rest, &printed[1..]),
    }
}

#[test]
fn lines_may_be_left_out_but_not_changed() {
    let printed = "a\nb in 5.9 s: 3 ops\nstore: store/echo/20261130T120248.510Z\n";
    for shown in [
        "a\nb in 0.1 s: 3 ops\nstore: store/echo/20250101T000000.000Z",
        "...\nstore: store/echo/20250101T000000.000Z",
        "a\n...",
        "...",
    ] {
        assert!(matches(shown, printed, false), "{shown}");
    }
    for shown in ["", "a", "a\n...\nstore", "a\nb in 0.1 s: 4 ops\n..."] {
        assert!(!matches(shown, printed, false), "{shown}");
    }
}

#[test]
fn figures_of_real_runs_may_differ_but_not_verdicts() {
    let shown = "| 3d broadcast | valid   |   98 | 316 / 478 ms |\n|---|---|---|---|";
    let other = "| 3d broadcast | valid   | 1998 | 99 / 1000 ms |\n|-----|---|---|---|";
    assert!(matches(shown, other, true));
    assert!(!matches(shown, &other.replace("valid  ", "INVALID"), true));
}
