//! Persistent storage: named records and lists, and fields of a node that are stored in them.

mod persistent;
mod persistent_log;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::executor::with_runtime;
use crate::node::{Disk, Field, FromInit, Init};
use crate::{Error, Result};

pub use persistent::Persistent;
pub use persistent_log::PersistentLog;

/// The file extension of a record.
const RECORD: &str = "json";

/// The file extension of a list.
const LIST: &str = "jsonl";

/// Named records and lists that survive a restart of the node.
///
/// A field of this type is set when the node starts. In a process, records are files in the folder
/// `$MAEL_STORAGE/<node>/`, which are synced before a call returns. If the variable is unset,
/// records are only in memory, and a warning is logged. In a simulation they survive a kill.
///
/// For a value that is also kept in memory, use a [`Persistent`] field, and for a log a
/// [`PersistentLog`]. They are stored in the same folder under the names of their fields, so don't
/// use these names here.
///
/// ```
/// use mael::Storage;
/// use mael::prelude::*;
///
/// #[node]
/// struct Starts {
///     storage: Storage,
/// }
///
/// #[handlers]
/// impl Starts {
///     /// Counts requests, across restarts of this node.
///     #[handler(type = "count", reply = "value")]
///     fn count(&self) -> mael::Result<u64> {
///         let count = self.storage.read::<u64>("count")?.unwrap_or(0) + 1;
///         self.storage.replace("count", &count)?;
///         Ok(count)
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Storage {
    disk: Disk,
    folder: PathBuf,
}

impl Storage {
    /// Reads the record with this name. Returns None if it does not exist.
    ///
    /// # Errors
    /// Returns error 13 if it can't be read or deserialized.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let bytes = self.bytes(&self.path(name, RECORD)?, name)?;
        let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes);
        bytes
            .map(read)
            .transpose()
            .map_err(|error| failed("read", name, &error))
    }

    /// Atomically replaces the record with this name.
    ///
    /// # Errors
    /// Returns error 13 if it can't be written.
    pub fn replace<T: Serialize>(&self, name: &str, record: &T) -> Result<()> {
        let bytes = serde_json::to_vec(record).map_err(|error| failed("write", name, &error))?;
        let path = self.path(name, RECORD)?;
        write(name, || self.disk.replace(&path, &bytes))
    }

    /// Appends an entry to the list with this name. Lists are separate from records with the same
    /// name.
    ///
    /// # Errors
    /// Returns error 13 if it can't be written.
    pub fn append<T: Serialize>(&self, name: &str, entry: &T) -> Result<()> {
        let bytes = lines(name, [entry])?;
        let path = self.path(name, LIST)?;
        write(name, || self.disk.append(&path, &bytes))
    }

    /// Atomically replaces the list with this name.
    ///
    /// # Errors
    /// Returns error 13 if it can't be written.
    pub fn replace_all<T: Serialize>(
        &self,
        name: &str,
        entries: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        let bytes = lines(name, entries)?;
        let path = self.path(name, LIST)?;
        write(name, || self.disk.replace(&path, &bytes))
    }

    /// Reads the entries of the list with this name. An entry that was being appended when the node
    /// was killed is either complete or not included.
    ///
    /// # Errors
    /// Returns error 13 if they can't be read or deserialized.
    pub fn read_all<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>> {
        let bytes = self.bytes(&self.path(name, LIST)?, name)?;
        let bytes = bytes.unwrap_or_default();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        bytes[..whole]
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).map_err(|error| failed("read", name, &error)))
            .collect()
    }

    fn bytes(&self, path: &Path, name: &str) -> Result<Option<Vec<u8>>> {
        self.disk
            .read(path)
            .map_err(|error| failed("read", name, &error))
    }

    fn path(&self, name: &str, extension: &str) -> Result<PathBuf> {
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if name.is_empty() || !name.chars().all(plain) {
            let text = format!("invalid record name {name:?}: use letters, digits, `-` and `_`");
            return Err(Error::crash(text));
        }
        Ok(self.folder.join(name).with_extension(extension))
    }
}

/// Serializes entries, each on a line.
fn lines<T: Serialize>(name: &str, entries: impl IntoIterator<Item = T>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut bytes, &entry).map_err(|error| failed("write", name, &error))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Writes a record, if the step may run. A killed node runs until its next `.await`, but its writes
/// must have no effect, and report no error.
fn write(name: &str, write: impl FnOnce() -> io::Result<()>) -> Result<()> {
    if !with_runtime("mael::Storage", |runtime| runtime.step()) {
        return Ok(());
    }
    write().map_err(|error| failed("write", name, &error))
}

fn failed(what: &str, name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::crash(format!("can't {what} the record {name:?}: {error}"))
}

impl FromInit for Storage {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        let disk = init.environment().disk.clone();
        let folder = disk.folder(&init.node_id)?;
        Ok(Self { disk, folder })
    }
}
