//! The files that are written during a run.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use mael::protocol::Message;
use mael_history::Operation;

use super::{ClockFile, HistoryFiles, LineFile, Log};
use crate::engine::{Entry, Writer};

/// The files of a run: its clock, its history, its journal and its log.
pub struct RunFiles {
    clock: ClockFile,
    history: RefCell<HistoryFiles>,
    journal: RefCell<LineFile>,
    log: Rc<Log>,
}

impl RunFiles {
    /// Creates a writer to these files.
    pub fn new(clock: ClockFile, history: HistoryFiles, journal: LineFile, log: Rc<Log>) -> Self {
        Self {
            clock,
            history: history.into(),
            journal: journal.into(),
            log,
        }
    }
}

impl Writer for RunFiles {
    fn start_clock(&self, origin: Duration) -> io::Result<()> {
        self.clock.write(origin)
    }

    fn operation(&self, operation: &Operation) -> io::Result<()> {
        self.history.borrow_mut().write(operation)
    }

    fn message(&self, entry: Entry<&Message>) -> io::Result<()> {
        entry.write(&mut *self.journal.borrow_mut())
    }

    fn log(&self, line: &str) {
        self.log.note(line);
    }

    fn finish(&self) -> io::Result<()> {
        self.history.borrow_mut().flush()?;
        self.journal.borrow_mut().flush()
    }
}
