//! The journal of a simulated run.

use std::cell::RefCell;
use std::io;

use mael::protocol::Message;

use crate::engine::{Entry, Writer};

/// Stores a journal in memory, if that is asked for. Bodies are stored as they were sent, and
/// encoded only with the journal.
pub(super) struct Journal(Option<RefCell<Vec<Entry<Message>>>>);

impl Journal {
    pub(super) fn new(is_stored: bool) -> Self {
        Self(is_stored.then(RefCell::default))
    }

    /// Takes the entries out, as one JSON object a line.
    pub(super) fn take_lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for entry in self.0.iter().flat_map(RefCell::take) {
            entry
                .write(&mut lines)
                .expect("memory takes what is written to it");
        }
        lines
    }
}

impl Writer for Journal {
    fn message(&self, entry: Entry<&Message>) -> io::Result<()> {
        if let Some(entries) = &self.0 {
            let Entry {
                number,
                time,
                event,
                id,
                message,
            } = entry;
            entries.borrow_mut().push(Entry {
                number,
                time,
                event,
                id,
                message: message.clone(),
            });
        }
        Ok(())
    }
}
