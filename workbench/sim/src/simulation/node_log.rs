//! The log of a node in a simulated run.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use mael::{LogLevel, LogRecord};

/// The maximum size of a node's log in bytes. The oldest lines are dropped.
pub(super) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The last lines of the log of a node over all of its starts, up to 2 MiB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeLog {
    lines: VecDeque<LogLine>,
    bytes: usize,
    dropped: u64,
}

/// A line of a node's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The virtual time since the start of the run, in nanoseconds.
    pub time: u64,
    /// The level.
    pub level: LogLevel,
    /// The target: a module of the node, or `mael` for the runtime.
    pub target: String,
    /// The message.
    pub text: String,
}

impl NodeLog {
    /// Adds a record with a time in nanoseconds.
    pub(super) fn add(&mut self, time: u64, record: &LogRecord<'_>) {
        let line = LogLine {
            time,
            level: record.level,
            target: record.target.to_owned(),
            text: cut(record.text),
        };
        self.bytes += line.bytes();
        self.lines.push_back(line);
        while self.bytes > MOST_BYTES
            && let Some(first) = self.lines.pop_front()
        {
            self.bytes -= first.bytes();
            self.dropped += 1;
        }
    }

    /// Returns the lines that were not dropped, in the order of their times.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> {
        self.lines.iter()
    }

    /// Whether the log has no lines.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns up to this many of the last lines.
    pub(super) fn last(&self, count: usize) -> Vec<String> {
        let first = self.lines.len().saturating_sub(count);
        self.lines.range(first..).map(ToString::to_string).collect()
    }
}

/// Truncates a text to fit into a log.
fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(MOST_BYTES / 2);
    text[..end].to_owned()
}

impl LogLine {
    /// Returns its approximate size in memory.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.target.len() + self.text.len()
    }

    /// Whether the runtime logged it about a message or a timer.
    pub(crate) fn is_detail_of_runtime(&self) -> bool {
        let (level, target, text) = (self.level, &*self.target, &*self.text);
        let record = LogRecord {
            level,
            target,
            text,
        };
        record.is_of_runtime() && level >= LogLevel::Debug
    }
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = Duration::from_nanos(self.time).as_secs_f64() * 1e3;
        let Self {
            level,
            target,
            text,
            ..
        } = self;
        write!(f, "{millis:.3} ms {level} {target}: {text}")
    }
}

/// Formats the lines, preceded by the number of lines that were dropped, if any.
impl fmt::Display for NodeLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dropped > 0 {
            writeln!(f, "({} earlier lines omitted)", self.dropped)?;
        }
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_stores_its_last_lines_up_to_the_maximum_size() {
        let mut log = NodeLog::default();
        let text = "x".repeat(100_000);
        for time in 0..1000 {
            let record = LogRecord {
                level: LogLevel::Info,
                target: "node",
                text: &text,
            };
            log.add(time, &record);
        }
        let size: usize = log.lines().map(|line| line.text.len()).sum();
        assert!(size <= MOST_BYTES && size > MOST_BYTES / 2);
        assert_eq!(log.lines().last().unwrap().time, 999);
        let left_out = 1000 - log.lines().count();
        let first = log.to_string().lines().next().unwrap().to_owned();
        assert_eq!(first, format!("({left_out} earlier lines omitted)"));
    }

    #[test]
    fn a_line_longer_than_the_maximum_size_is_truncated() {
        let mut log = NodeLog::default();
        let record = LogRecord {
            level: LogLevel::Warn,
            target: "node",
            text: &"é".repeat(MOST_BYTES),
        };
        log.add(1_500_000, &record);
        assert!(log.to_string().starts_with("1.500 ms WARN node: é"));
    }
}
