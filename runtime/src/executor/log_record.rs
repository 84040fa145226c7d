//! Log records and levels.

use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::time::SystemTime;

use log::{Level, LevelFilter};

/// The environment variable that sets the log level: see [`LogLevel`].
pub const LOG_VARIABLE: &str = "MAEL_LOG";

/// The log target of the runtime's own records.
pub(super) const RUNTIME: &str = "mael";

/// The log level of a node. Each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// The node's own records of this level, and panics.
    Error,
    /// Also messages that can't be parsed, and errors that can't be sent as a reply.
    Warn,
    /// No further records of the runtime.
    #[default]
    Info,
    /// Also every message, timer, timed-out call and retry.
    Debug,
    /// No further records of the runtime.
    Trace,
}

impl LogLevel {
    /// Returns the level set by the environment variable `MAEL_LOG`; None if it is unset or empty.
    ///
    /// # Errors
    /// A message when `MAEL_LOG` is not a level.
    pub fn from_env() -> Result<Option<Self>, String> {
        match std::env::var_os(LOG_VARIABLE) {
            Some(level) if !level.is_empty() => level.to_string_lossy().parse().map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the corresponding level of the `log` crate.
    pub(super) fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::Error,
            Self::Warn => LevelFilter::Warn,
            Self::Info => LevelFilter::Info,
            Self::Debug => LevelFilter::Debug,
            Self::Trace => LevelFilter::Trace,
        }
    }
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        })
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(level: &str) -> Result<Self, String> {
        match level.parse() {
            Ok(level) => Ok(Level::into(level)),
            Err(_) => Err(format!(
                "invalid {LOG_VARIABLE} {level:?}: expected `error`, `warn`, `info`, `debug` or `trace`"
            )),
        }
    }
}

/// A log record.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'a> {
    /// The level.
    pub level: LogLevel,
    /// The module that logs it, or `mael` for the runtime.
    pub target: &'a str,
    /// The message.
    pub text: &'a str,
}

impl LogRecord<'_> {
    /// Whether the runtime logged this record.
    pub fn is_of_runtime(&self) -> bool {
        self.target == RUNTIME
    }

    /// Writes the record to stderr, with a timestamp.
    pub(crate) fn to_stderr(self) {
        // A closed stderr is ignored.
        let _ = writeln!(std::io::stderr(), "{} {self}", timestamp());
    }
}

impl fmt::Display for LogRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.level, self.target, self.text)
    }
}

/// Returns the timestamp at the beginning of lines on stderr.
pub(super) fn timestamp() -> impl fmt::Display {
    humantime::format_rfc3339_millis(SystemTime::now())
}

/// Returns the message in a line on stderr, if the line is a record of the runtime at this level.
pub(super) fn of_runtime(line: &str, level: LogLevel) -> Option<&str> {
    let (time, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix(&format!("{level} {RUNTIME}: "))?;
    humantime::parse_rfc3339(time).is_ok().then_some(rest)
}

/// Returns the record of a panic.
pub(super) fn of_panic(text: &str) -> LogRecord<'_> {
    LogRecord {
        level: LogLevel::Error,
        target: RUNTIME,
        text,
    }
}
