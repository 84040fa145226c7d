//! What a node logs: its own records, through the `log` crate, and those of the runtime.

use std::fmt;
use std::sync::OnceLock;

use log::{Log, Metadata, Record};

use super::current::{try_log, with_runtime};
use super::log_record::{LogLevel, LogRecord, RUNTIME};

/// Hands each record to the node that is being polled on this thread.
struct Router;

impl Log for Router {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        let (level, text) = (record.level().into(), record.args());
        let is_of_node = try_log(level, record.target(), *text);
        // Other threads of a node have no scope.
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

/// Has records of the `log` crate kept by the nodes that make them, up to this level. A program
/// that has a logger of its own keeps it, and gets the records of all nodes.
pub(super) fn install(level: LogLevel) {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let installed = *INSTALLED.get_or_init(|| log::set_logger(&Router).is_ok());
    if installed && log::max_level() < level.filter() {
        log::set_max_level(level.filter());
    }
}

/// Logs a line of the runtime. The scope of a node must be the current one.
fn line(level: LogLevel, text: fmt::Arguments<'_>) {
    if !try_log(level, RUNTIME, text) {
        // Whoever logs outside of a scope is told so.
        with_runtime("mael's log", |_| {});
    }
}

/// Logs trouble. The scope of a node must be the current one.
pub(crate) fn warn(text: fmt::Arguments<'_>) {
    line(LogLevel::Warn, text);
}

/// Logs what is only of interest to who looks closely. The scope of a node must be the current one.
pub(crate) fn debug(text: fmt::Arguments<'_>) {
    line(LogLevel::Debug, text);
}
