//! The log of a run.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};

use jiff::Zoned;
use serde::Serialize;

use super::LineFile;

/// Logs the events of a run with the time of day. By default, nothing is stored.
///
/// Write errors are ignored.
#[derive(Default)]
pub struct Log(Option<Output>);

struct Output {
    file: RefCell<LineFile>,
    /// Whether each line is a JSON object.
    json: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    text: &'a str,
}

impl Log {
    /// Creates a log in a file, as text or as one JSON object per line.
    pub fn new(file: LineFile, json: bool) -> Self {
        let file = RefCell::new(file);
        Self(Some(Output { file, json }))
    }

    /// Logs a line.
    pub fn note(&self, text: impl fmt::Display) {
        if let Some(output) = &self.0 {
            let _ = output.write(&text.to_string());
        }
    }

    /// Logs a line, and prints it to stderr.
    pub fn print(&self, text: impl fmt::Display) {
        let text = text.to_string();
        let _ = writeln!(io::stderr(), "{text}");
        self.note(text);
    }
}

impl Output {
    fn write(&self, text: &str) -> io::Result<()> {
        let now = Zoned::now()
            .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
            .to_string();
        let line = if self.json {
            serde_json::to_string(&Line { time: &now, text })?
        } else {
            format!("{now} {text}")
        };
        let mut file = self.file.borrow_mut();
        writeln!(file, "{line}")?;
        file.flush()
    }
}
