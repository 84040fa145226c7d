//! Prints reports in colours, on a terminal only; `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE` are
//! respected.

use std::collections::BTreeSet;
use std::io::Write;

use anstyle::{AnsiColor, Style};

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();
const COMMAND: Style = AnsiColor::Cyan.on_default();

/// The beginnings of verdict lines.
const VERDICTS: [(&str, Style); 8] = [
    ("Everything looks good!", GOOD),
    ("Analysis invalid!", BAD),
    ("The run failed", BAD),
    ("The run was ", WARNING),
    ("valid, but ", WARNING),
    ("Errors occurred ", WARNING),
    ("Inconclusive: ", WARNING),
    ("no operation was judged", WARNING),
];

/// What the commands below a report are for.
const NEXT: [&str; 5] = ["explain ", "replay ", "run it ", "simulate ", "trace "];

/// Writes a painted report to stdout. A closed stdout is ignored.
pub fn print_report(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Writes a painted report to stderr. A closed stderr is ignored.
pub fn print_report_error(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Paints the names of these anomalies, the verdict, notes, commands, and the faults of traces.
pub fn paint(text: &str, anomalies: &BTreeSet<String>) -> String {
    let lines = text.lines().map(|line| paint_line(line, anomalies));
    lines.collect::<Vec<_>>().join("\n")
}

fn paint_line(line: &str, anomalies: &BTreeSet<String>) -> String {
    let verdict = VERDICTS.iter().find(|(begin, _)| line.starts_with(begin));
    if let Some((_, style)) = verdict {
        return styled(*style, line);
    }
    if line.starts_with("seed ") && (line.contains(" fails: ") || line.contains(" diverges")) {
        return styled(BAD, line);
    }
    if line.contains("[NOT DELIVERED]") {
        return styled(BAD, line);
    }
    if line.contains(" ms  ** ") {
        return styled(WARNING, line);
    }
    if NEXT.iter().any(|begin| line.starts_with(begin))
        && let Some((what, command)) = line.split_once(" with ")
    {
        return format!("{what} with {}", styled(COMMAND, command));
    }
    let Some((label, text)) = line.split_once(": ") else {
        return line.to_owned();
    };
    let name = label.strip_prefix("stricter, ").unwrap_or(label);
    let name = name.split_once(" (").map_or(name, |(name, _)| name);
    match name {
        "note" | "hint" => format!("{}: {text}", styled(WARNING, label)),
        name if anomalies.contains(name) => format!("{}: {text}", styled(BAD, label)),
        _ => line.to_owned(),
    }
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_verdicts_and_commands_are_painted_and_nothing_else() {
        let report = "4 operations in 1.0 s: 4 ok\n\
                      lost (1 of 2): element 1 is lost: it is absent\n\
                      found: element 2\n\
                      explain lost with cargo mael explain lost\n\
                      Analysis invalid!";
        let painted = paint(report, &["lost".to_owned()].into());
        let plain = anstream::adapter::strip_str(&painted).to_string();
        assert_eq!(plain, report);
        let lines: Vec<&str> = painted.lines().collect();
        assert_eq!(lines[0], "4 operations in 1.0 s: 4 ok");
        assert_eq!(
            lines[1],
            format!("{BAD}lost (1 of 2){BAD:#}: element 1 is lost: it is absent")
        );
        assert_eq!(lines[2], "found: element 2");
        let command = "cargo mael explain lost";
        assert_eq!(
            lines[3],
            format!("explain lost with {COMMAND}{command}{COMMAND:#}")
        );
        assert_eq!(lines[4], format!("{BAD}Analysis invalid!{BAD:#}"));
    }
}
