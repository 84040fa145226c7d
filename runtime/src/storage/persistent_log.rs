//! A list of entries that outlives the node.

use std::cell::{Ref, RefCell};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Storage;
use crate::node::{Field, FromInit, Init};
use crate::{Error, Result};

/// A list of entries that outlives the node, such as the log of a replicated state machine: a
/// change is in [storage](Storage) before it is in memory.
///
/// LogEntries are counted from 1. New ones are added at the end, or [in place](Self::splice) of all
/// that follow one of them; old ones may be [dropped](Self::drop_up_to), and the others keep their
/// indices. Storage has the list of all changes since entries were last dropped.
///
/// As a field of a node it is read when the node starts. It is kept as the list of the field's
/// name, or of its `#[key("...")]`.
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
///     /// Puts down what happened, and forgets what was more than a week ago.
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
    /// How many were before these, and have been dropped.
    dropped: usize,
    rest: Vec<T>,
}

/// A change as it is stored: these entries follow the one of this index, and nothing else does.
type Change<T> = (usize, Vec<T>);

impl<T> LogEntries<T> {
    /// How many of the entries here have an index up to this one; None if the index is that of an
    /// entry that was dropped before the last one that was, or is behind the end.
    fn up_to(&self, index: usize) -> Option<usize> {
        let count = index.checked_sub(self.dropped)?;
        (count <= self.rest.len()).then_some(count)
    }

    fn get(&self, index: usize) -> Option<&T> {
        let place = self.up_to(index)?.checked_sub(1)?;
        self.rest.get(place)
    }

    /// Makes a stored change. Where it does not follow on what is here, the list begins with it.
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
    /// The index of the first entry that was not dropped, or that it will have.
    pub fn first_index(&self) -> usize {
        self.entries.borrow().dropped + 1
    }

    /// The index of the last entry; 0 if there has never been one.
    pub fn last_index(&self) -> usize {
        let entries = self.entries.borrow();
        entries.dropped + entries.rest.len()
    }

    /// The entry of this index; None if it was dropped, or there is none yet. Don't hold it across
    /// an `.await`, nor while the list is changed.
    pub fn get(&self, index: usize) -> Option<Ref<'_, T>> {
        let entries = self.entries.borrow();
        Ref::filter_map(entries, |entries| entries.get(index)).ok()
    }

    /// All entries behind this index, which is 0 for the whole list; None if some of them were
    /// dropped, or the list is not as long. Don't hold them across an `.await`, nor while the list
    /// is changed.
    pub fn after(&self, index: usize) -> Option<Ref<'_, [T]>> {
        let entries = self.entries.borrow();
        let count = entries.up_to(index)?;
        Some(Ref::map(entries, |entries| &entries.rest[count..]))
    }

    /// All entries behind this index, or the error that it is outside.
    fn expect_after(&self, index: usize) -> Result<Ref<'_, [T]>> {
        self.after(index).ok_or_else(|| {
            let (name, first, last) = (self.name, self.first_index(), self.last_index());
            Error::crash(format!(
                "the log {name:?} has entries {first} to {last}: {index} is outside"
            ))
        })
    }
}

impl<T: Serialize> PersistentLog<T> {
    /// Adds an entry, and gives its index.
    ///
    /// # Errors
    /// Code 13 when it can't be written; it is then not in the list.
    pub fn push(&self, entry: T) -> Result<usize> {
        self.splice(self.last_index(), vec![entry])?;
        Ok(self.last_index())
    }

    /// Has these entries follow the one at `after`, and no others: what was there is replaced, in
    /// one write, as a whole or not at all.
    ///
    /// # Errors
    /// Code 13 when `after` is neither the index of an entry nor the one before the first, or the
    /// entries can't be written; the list is then as it was.
    pub fn splice(&self, after: usize, entries: Vec<T>) -> Result<()> {
        self.expect_after(after)?;
        let change = (after, entries);
        self.storage.append(self.name, &change)?;
        self.entries.borrow_mut().change(change);
        Ok(())
    }

    /// Forgets all entries up to this index; none if they are forgotten already. The rest is
    /// written anew, as a whole or not at all.
    ///
    /// # Errors
    /// Code 13 when the list is not as long, or can't be written; it is then as it was.
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

    /// Forgets all entries, as a whole or not at all. The next one has the index behind `after`.
    ///
    /// # Errors
    /// Code 13 when it can't be written; the list is then as it was.
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
