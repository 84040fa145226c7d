//! One value that outlives the node.

use std::cell::{Ref, RefCell};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Storage;
use crate::Result;
use crate::node::{Field, FromInit, Init};

/// A value that outlives the node: what is set is in [storage](Storage) before it is in memory.
///
/// As a field of a node it is read when the node starts, and is the type's `Default` if nothing was
/// set before. It is kept as the record of the field's name, or of its `#[key("...")]`.
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
///     /// Counts the requests, over all starts of this node.
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
    /// The value. Don't hold it across an `.await`, nor while another one is set.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.value.borrow()
    }
}

impl<T: Clone> Persistent<T> {
    /// A copy of the value.
    pub fn get(&self) -> T {
        self.borrow().clone()
    }
}

impl<T: Serialize> Persistent<T> {
    /// Puts a value in place of the one there is, as a whole or not at all.
    ///
    /// # Errors
    /// Code 13 when it can't be written; the value is then the old one.
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
