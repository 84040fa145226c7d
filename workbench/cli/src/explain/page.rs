//! The pages of anomalies: a Markdown file each.
//!
//! A page has a summary of one line, the meaning, a source, and usually a minimal history, after
//! the command that reports it. The models that forbid the anomaly are those of the table of the
//! transaction checkers. If the table lacks the anomaly, its page names the weakest such model, or
//! says what forbids it.

use mael_checkers::elle::models;

/// An anomaly.
pub(super) struct Page {
    pub(super) name: &'static str,
    text: &'static str,
}

/// A minimal history.
pub(super) struct Example {
    /// The command that reports the anomaly, without the file.
    pub(super) command: &'static str,
    pub(super) edn: &'static str,
}

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        &[$(Page {
            name: $name,
            text: include_str!(concat!("../../explain/", $name, ".md")),
        }),*]
    };
}

/// All pages: transactions, logs, stricter checks, other workloads, and whole runs.
pub(super) const PAGES: &[Page] = pages![
    "G0",
    "G0-process",
    "G0-realtime",
    "G1a",
    "G1b",
    "G1c",
    "G1c-process",
    "G1c-realtime",
    "G-single-item",
    "G-single-item-process",
    "G-single-item-realtime",
    "G-nonadjacent-item",
    "G-nonadjacent-item-process",
    "G-nonadjacent-item-realtime",
    "G2-item",
    "G2-item-process",
    "G2-item-realtime",
    "cycle-exists",
    "internal",
    "lost-update",
    "dirty-update",
    "incompatible-order",
    "duplicate-elements",
    "garbage-read",
    "future-read",
    "cyclic-versions",
    "empty-transaction-graph",
    "cycle-search-timeout",
    "lost-write",
    "inconsistent-offsets",
    "duplicate",
    "precommitted-read",
    "poll-skip",
    "nonmonotonic-poll",
    "int-poll-skip",
    "int-nonmonotonic-poll",
    "nonmonotonic-send",
    "int-nonmonotonic-send",
    "int-send-skip",
    "unseen",
    "mismatched-reply",
    "nil-id",
    "missing-value",
    "negative-offset",
    "unrequested-key",
    "garbage-offset",
    "lost",
    "stale",
    "duplicated",
    "wrong-final-read",
    "wrong-echo",
    "not-linearizable",
    "not-sequential",
    "not-convergent",
    "nothing-succeeded",
    "low-availability",
    "panic",
    "broken",
    "nothing-judged",
    "unknown",
];

impl Page {
    fn paragraphs(&self) -> impl Iterator<Item = &'static str> {
        self.text.split("\n\n").map(str::trim_end)
    }

    fn labelled(&self, label: &str) -> Option<&'static str> {
        self.paragraphs().find_map(|text| text.strip_prefix(label))
    }

    /// What happened, in a line.
    pub(super) fn summary(&self) -> &'static str {
        self.paragraphs().nth(1).unwrap_or_default()
    }

    /// What it means, and what causes it.
    pub(super) fn meaning(&self) -> &'static str {
        self.paragraphs().nth(2).unwrap_or_default()
    }

    /// The paper or page that defines it.
    pub(super) fn source(&self) -> Option<&'static str> {
        self.labelled("Source: ")
    }

    /// The minimal history. Anomalies of large histories and of nodes have none.
    pub(super) fn history(&self) -> Option<Example> {
        let code = self.labelled("```edn ")?;
        let (command, code) = code.split_once('\n')?;
        let edn = code.strip_suffix("\n```")?;
        Some(Example { command, edn })
    }

    /// What forbids the anomaly of this name.
    pub(super) fn forbidden_by(&self, name: &'static str) -> Option<String> {
        let (weakest, stronger) = models::boundary([name]);
        if !weakest.is_empty() {
            return Some(with_stronger(&weakest, &stronger));
        }
        match self.labelled("Weakest model: ") {
            Some(weakest) => {
                let stronger = models::stronger(weakest).ok()?;
                Some(with_stronger(&[weakest], &stronger))
            }
            None => self.labelled("Forbidden by: ").map(str::to_owned),
        }
    }

    /// Returns the page as text, for the anomaly of this name.
    pub(super) fn explain(&self, name: &'static str) -> String {
        let mut parts = vec![
            format!("{name}: {}", self.summary()),
            self.meaning().to_owned(),
        ];
        if let Some(Example { command, edn }) = self.history() {
            let file = format!("{name}.edn");
            let save = format!("`mael explain {name} --history > {file}` saves it");
            let report = if command.starts_with("mael check") {
                format!("{save}, and\n`{command} --history {file}` checks it")
            } else {
                format!("{save};\n`{command}` reports it of a run")
            };
            parts.push(format!("A minimal history: {report}.\n\n{edn}"));
        }
        let forbidden = self.forbidden_by(name);
        parts.extend(forbidden.map(|models| format!("Forbidden by: {models}")));
        parts.extend(self.source().map(|source| format!("Source: {source}")));
        parts.join("\n\n")
    }
}

fn with_stronger(weakest: &[&str], stronger: &[&str]) -> String {
    let text = weakest.join(", ");
    if stronger.is_empty() {
        return format!("{text}.");
    }
    let them = if weakest.len() == 1 {
        "it"
    } else {
        "one of them"
    };
    let lines = stronger.chunks(3).map(|names| names.join(", "));
    let lines = lines.collect::<Vec<_>>().join(",\n  ");
    format!("{text}, and the stronger models that imply {them}:\n  {lines}.")
}
