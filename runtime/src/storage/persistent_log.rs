//! Persistent logs.

use std::cell::{Ref, RefCell};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Storage;
use crate::node::{Field, FromInit, Init};
use crate::{Error, Result};

/// A log of entries that survives a restart of the node, such as that of a replicated state
/// machine: a change is written to [storage](Storage) before it is made in memory.
///
/// The first entry has index 1. Entries are appended at the end, or [replace](Self::splice) all
/// entries after an index. Old entries can be [dropped](Self::drop_up_to); the others keep their
/// indices. The log is stored as a list of all changes since entries were last dropped.
///
/// A field of this type is read when the node starts. It is stored as the list with the field's
/// name, or with its `#[key("...")]`.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Diary {
///     days: PersistentLog<String>,
/// }
///
/// #[handlers]
/// impl Diary {
///     /// Writes an entry, and drops entries that are more than a week old.
///     #[handler(reply = "day")]
///     fn write(&self, text: String) -> mael::Result<usize> {
///         let day = self.days.push(text)?;
///         self.days.drop_up_to(day.saturating_sub(7))?;
///         Ok(day)
///     }
///
///     #[handler(reply = "text")]
///     fn read(&self, day: usize) -> Option<String> {
///         self.days.get(day).map(|text| text.clone())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct PersistentLog<T> {
    storage: Storage,
    name: &'static str,
    entries: RefCell<LogEntries<T>>,
}

/// The entries in memory.
#[derive(Debug)]
struct LogEntries<T> {
    /// The number of dropped entries.
    dropped: usize,
    rest: Vec<T>,
}

/// A change as it is stored: these entries replace all entries after this index.
type Change<T> = (usize, Vec<T>);

impl<T> LogEntries<T> {
    /// Returns the number of entries in memory with an index up to this one. None if the entry
    /// after the index was dropped, or the index is after the end.
    fn up_to(&self, index: usize) -> Option<usize> {
        let count = index.checked_sub(self.dropped)?;
        (count <= self.rest.len()).then_some(count)
    }

    fn get(&self, index: usize) -> Option<&T> {
        let offset = self.up_to(index)?.checked_sub(1)?;
        self.rest.get(offset)
    }

    /// Applies a stored change. If it does not follow the entries in memory, the log starts with
    /// it.
    fn change(&mut self, (after, entries): Change<T>) {
        match self.up_to(after) {
            Some(count) => self.rest.truncate(count),
            None => self.restart(after),
        }
        self.rest.extend(entries);
    }

    fn restart(&mut self, after: usize) {
        self.rest.clear();
        self.dropped = after;
    }
}

impl<T> PersistentLog<T> {
    /// Returns the index of the first entry that was not dropped, or of the next entry if there is
    /// none.
    pub fn first_index(&self) -> usize {
        self.entries.borrow().dropped + 1
    }

    /// Returns the index of the last entry; 0 if there was never one.
    pub fn last_index(&self) -> usize {
        let entries = self.entries.borrow();
        entries.dropped + entries.rest.len()
    }

    /// Borrows the entry at this index. Returns None if it was dropped or does not exist. Don't
    /// hold the borrow across an `.await`, nor while changing the log.
    pub fn get(&self, index: usize) -> Option<Ref<'_, T>> {
        let entries = self.entries.borrow();
        Ref::filter_map(entries, |entries| entries.get(index)).ok()
    }

    /// Borrows all entries after this index, which is 0 for the whole log. Returns None if some of
    /// them were dropped, or the index is after the end. Don't hold the borrow across an `.await`,
    /// nor while changing the log.
    pub fn after(&self, index: usize) -> Option<Ref<'_, [T]>> {
        let entries = self.entries.borrow();
        let count = entries.up_to(index)?;
        Some(Ref::map(entries, |entries| &entries.rest[count..]))
    }

    /// Like [`after`](Self::after), with an error if the index is out of range.
    fn expect_after(&self, index: usize) -> Result<Ref<'_, [T]>> {
        self.after(index).ok_or_else(|| {
            let (name, first, last) = (self.name, self.first_index(), self.last_index());
            Error::crash(format!(
                "index {index} is out of range for the log {name:?} with entries {first} to {last}"
            ))
        })
    }
}

impl<T: Serialize> PersistentLog<T> {
    /// Appends an entry, and returns its index.
    ///
    /// # Errors
    /// Returns error 13 if it can't be written; the log is then unchanged.
    pub fn push(&self, entry: T) -> Result<usize> {
        self.splice(self.last_index(), vec![entry])?;
        Ok(self.last_index())
    }

    /// Atomically replaces all entries after the index `after`.
    ///
    /// # Errors
    /// Returns error 13 if `after` is out of range, or the entries can't be written; the log is
    /// then unchanged.
    pub fn splice(&self, after: usize, entries: Vec<T>) -> Result<()> {
        self.expect_after(after)?;
        let change = (after, entries);
        self.storage.append(self.name, &change)?;
        self.entries.borrow_mut().change(change);
        Ok(())
    }

    /// Drops all entries up to this index. The remaining entries are rewritten atomically.
    ///
    /// # Errors
    /// Returns error 13 if the index is after the end, or the log can't be written; it is then
    /// unchanged.
    pub fn drop_up_to(&self, index: usize) -> Result<()> {
        if index < self.first_index() {
            return Ok(());
        }
        let rest = self.expect_after(index)?;
        self.storage.replace_all(self.name, [(index, &*rest)])?;
        drop(rest);
        let mut entries = self.entries.borrow_mut();
        let count = index - entries.dropped;
        entries.rest.drain(..count);
        entries.dropped = index;
        Ok(())
    }

    /// Atomically drops all entries. The next entry gets the index after `after`.
    ///
    /// # Errors
    /// Returns error 13 if it can't be written; the log is then unchanged.
    pub fn restart(&self, after: usize) -> Result<()> {
        let empty: [T; 0] = [];
        self.storage.replace_all(self.name, [(after, empty)])?;
        self.entries.borrow_mut().restart(after);
        Ok(())
    }
}

impl<T: DeserializeOwned> FromInit for PersistentLog<T> {
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        let storage = Storage::from_init(init, field)?;
        let name = field.key();
        let mut entries = LogEntries {
            dropped: 0,
            rest: Vec::new(),
        };
        for change in storage.read_all(name)? {
            entries.change(change);
        }
        Ok(Self {
            storage,
            name,
            entries: RefCell::new(entries),
        })
    }
}
