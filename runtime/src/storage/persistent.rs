//! Persistent values.

use std::cell::{Ref, RefCell};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Storage;
use crate::Result;
use crate::node::{Field, FromInit, Init};

/// A value that survives a restart of the node: it is written to [storage](Storage) before it
/// changes in memory.
///
/// A field of this type is read when the node starts, and has the `Default` of `T` before it is set
/// for the first time. It is stored as the record with the field's name, or with its
/// `#[key("...")]`.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Starts {
///     count: Persistent<u64>,
/// }
///
/// #[handlers]
/// impl Starts {
///     /// Counts requests, across restarts of this node.
///     #[handler(type = "count", reply = "value")]
///     fn count(&self) -> mael::Result<u64> {
///         self.count.set(self.count.get() + 1)?;
///         Ok(self.count.get())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Persistent<T> {
    storage: Storage,
    name: &'static str,
    value: RefCell<T>,
}

impl<T> Persistent<T> {
    /// Borrows the value. Don't hold the borrow across an `.await`, nor while setting the value.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.value.borrow()
    }
}

impl<T: Clone> Persistent<T> {
    /// Returns a clone of the value.
    pub fn get(&self) -> T {
        self.borrow().clone()
    }
}

impl<T: Serialize> Persistent<T> {
    /// Atomically replaces the stored value.
    ///
    /// # Errors
    /// Returns error 13 if it can't be written; the value is then unchanged.
    pub fn set(&self, value: T) -> Result<()> {
        self.storage.replace(self.name, &value)?;
        self.value.replace(value);
        Ok(())
    }
}

impl<T: Default + DeserializeOwned> FromInit for Persistent<T> {
    fn from_init(init: &Init, field: &Field) -> Result<Self> {
        let storage = Storage::from_init(init, field)?;
        let name = field.key();
        let value = RefCell::new(storage.read(name)?.unwrap_or_default());
        Ok(Self {
            storage,
            name,
            value,
        })
    }
}
