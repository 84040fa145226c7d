//! The files that are written during a run.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use mael::protocol::Message;
use mael_history::Operation;

use super::{HistoryFiles, LineFile, Log};
use crate::engine::{Entry, Writer};

/// The files of a run: its history, its journal and its log.
pub struct RunFiles {
    history: RefCell<HistoryFiles>,
    journal: RefCell<LineFile>,
    log: Rc<Log>,
}

impl RunFiles {
    /// Creates a writer to these files.
    pub fn new(history: HistoryFiles, journal: LineFile, log: Rc<Log>) -> Self {
        Self {
            history: history.into(),
            journal: journal.into(),
            log,
        }
    }
}

impl Writer for RunFiles {
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
