//! The journal of a simulated run.

use std::cell::RefCell;
use std::io;

use mael::protocol::Message;

use crate::engine::{Entry, Writer};

/// Stores a journal in memory, if enabled. Bodies are stored as they were sent, and are only
/// encoded when the journal is.
pub(super) struct Journal(Option<RefCell<Vec<Entry<Message>>>>);

impl Journal {
    pub(super) fn new(is_stored: bool) -> Self {
        Self(is_stored.then(RefCell::default))
    }

    /// Takes the entries, as one JSON object per line.
    pub(super) fn take_lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for entry in self.0.iter().flat_map(RefCell::take) {
            entry
                .write(&mut lines)
                .expect("writing to memory can't fail");
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
