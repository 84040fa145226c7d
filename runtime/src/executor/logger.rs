//! Logs records of the `log` crate and of the runtime.

use std::fmt;
use std::sync::OnceLock;

use log::{Log, Metadata, Record};

use super::current::{try_log, with_runtime};
use super::log_record::{LogLevel, LogRecord, RUNTIME};

/// Passes each record to the node that is polled on this thread.
struct Router;

impl Log for Router {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        let (level, text) = (record.level().into(), record.args());
        let is_of_node = try_log(level, record.target(), *text);
        // Other threads of a process have no scope.
        if !is_of_node && self.enabled(record.metadata()) && level <= LogLevel::Warn {
            let text = &*text.to_string();
            let target = record.target();
            LogRecord {
                level,
                target,
                text,
            }
            .to_stderr();
        }
    }

    fn flush(&self) {}
}

/// Installs a logger that passes records of up to this level to the nodes that log them. If the
/// program has installed a logger already, that one receives the records of all nodes.
pub(super) fn install(level: LogLevel) {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let installed = *INSTALLED.get_or_init(|| log::set_logger(&Router).is_ok());
    if installed && log::max_level() < level.filter() {
        log::set_max_level(level.filter());
    }
}

/// Logs a record of the runtime. There must be a current scope.
fn line(level: LogLevel, text: fmt::Arguments<'_>) {
    if !try_log(level, RUNTIME, text) {
        // Panics, because there is no scope.
        with_runtime("mael's log", |_| {});
    }
}

/// Logs a warning. There must be a current scope.
pub(crate) fn warn(text: fmt::Arguments<'_>) {
    line(LogLevel::Warn, text);
}

/// Logs a debug message. There must be a current scope.
pub(crate) fn debug(text: fmt::Arguments<'_>) {
    line(LogLevel::Debug, text);
}
