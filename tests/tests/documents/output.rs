//! Compares the output shown in a document with that of the command.

use std::sync::LazyLock;

use regex::Regex;

/// Matches the parts that differ in each run: the time in the name of a run's folder, and the
/// duration of a sweep.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\d{8}T\d{6}\.\d{3}(Z|[+-]\d{4})| in \d+\.\d+ s";
    Regex::new(pattern).expect("the pattern is valid")
});

/// Matches the parts that differ in each run in real time: all figures, and therefore the widths of
/// columns.
static FIGURES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d+(\.\d+)?\b|-+\||\s+").expect("the pattern is valid"));

/// Whether the shown lines match the printed ones, where `...` matches any number of lines. For
/// runs in real time, figures are not compared.
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
fn lines_can_be_omitted_but_not_changed() {
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
fn figures_of_real_runs_can_differ_but_not_verdicts() {
    let shown = "| 3d broadcast | valid   |   98 | 316 / 478 ms |\n|---|---|---|---|";
    let other = "| 3d broadcast | valid   | 1998 | 99 / 1000 ms |\n|-----|---|---|---|";
    assert!(matches(shown, other, true));
    assert!(!matches(shown, &other.replace("valid  ", "INVALID"), true));
}
