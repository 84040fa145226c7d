//! The records of a node's log, and their levels.

use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::time::SystemTime;

use log::{Level, LevelFilter};

/// The environment variable that says how much a node logs: see [`LogLevel`].
pub const LOG_VARIABLE: &str = "MAEL_LOG";

/// The target of what the runtime logs itself.
pub(super) const RUNTIME: &str = "mael";

/// How much a node logs, on stderr unless its runtime has a better place. Each level includes those
/// before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// The node's own records of this level, and panics.
    Error,
    /// What can't be read, and what fails and can't be answered.
    Warn,
    /// Of the runtime nothing more.
    #[default]
    Info,
    /// Each message in and out, each timer, and each call that is late or made again.
    Debug,
    /// Of the runtime nothing more.
    Trace,
}

impl LogLevel {
    /// What the environment asks for; None if `MAEL_LOG` is empty or absent.
    ///
    /// # Errors
    /// One sentence, when `MAEL_LOG` is no level.
    pub fn from_env() -> Result<Option<Self>, String> {
        match std::env::var_os(LOG_VARIABLE) {
            Some(level) if !level.is_empty() => level.to_string_lossy().parse().map(Some),
            _ => Ok(None),
        }
    }

    /// The same of the `log` crate.
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
                "{LOG_VARIABLE} is {level:?}, and must be `error`, `warn`, `info`, `debug` or `trace`"
            )),
        }
    }
}

/// One entry of a node's log.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'a> {
    /// How much it matters.
    pub level: LogLevel,
    /// What logs it: a module of the node, or `mael` for the runtime.
    pub target: &'a str,
    /// What is logged.
    pub text: &'a str,
}

impl LogRecord<'_> {
    /// Whether the runtime logs this.
    pub fn is_of_runtime(&self) -> bool {
        self.target == RUNTIME
    }

    /// Writes it to stderr, with the time of day.
    pub(crate) fn to_stderr(self) {
        // A closed stderr is no reason to fail.
        let _ = writeln!(std::io::stderr(), "{} {self}", timestamp());
    }
}

impl fmt::Display for LogRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.level, self.target, self.text)
    }
}

/// The time of day, as lines of stderr begin with it.
pub(super) fn timestamp() -> impl fmt::Display {
    humantime::format_rfc3339_millis(SystemTime::now())
}

/// What the runtime logged in a line of stderr at this level; None if the line is none of these.
pub(super) fn of_runtime(line: &str, level: LogLevel) -> Option<&str> {
    let (time, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix(&format!("{level} {RUNTIME}: "))?;
    humantime::parse_rfc3339(time).is_ok().then_some(rest)
}

/// A panic, as the runtime logs it.
pub(super) fn of_panic(text: &str) -> LogRecord<'_> {
    LogRecord {
        level: LogLevel::Error,
        target: RUNTIME,
        text,
    }
}
