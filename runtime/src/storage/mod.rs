//! What must outlive a node: small named records that are replaced or appended to as a whole, and
//! fields of a node that are kept in them.

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

/// The extension of a record that is replaced as a whole.
const RECORD: &str = "json";

/// The extension of a list that is appended to.
const LIST: &str = "jsonl";

/// Small named records that outlive the node: a killed node that is started again finds them.
///
/// As a field of a node it is filled in when the node starts. In a process the records are files
/// in the folder `$MAEL_STORAGE/<node>/`, synced before a call returns; without that variable they
/// are kept in memory only, and one line on stderr says so. In simulation they survive a kill.
///
/// A value that is always in memory too is simpler as a [`Persistent`] field, and a list of entries
/// as a [`PersistentLog`]. They are kept in the same folder under the names of their fields, so
/// don't use these names here.
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
///     /// Counts the requests, over all starts of this node.
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
    /// The record of this name; None if there is none.
    ///
    /// # Errors
    /// Code 13 when it can't be read, or is no `T`.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let bytes = self.bytes(&self.path(name, RECORD)?, name)?;
        let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes);
        bytes
            .map(read)
            .transpose()
            .map_err(|error| failed("read", name, &error))
    }

    /// Puts a record in place of the one of this name, as a whole or not at all.
    ///
    /// # Errors
    /// Code 13 when it can't be written.
    pub fn replace<T: Serialize>(&self, name: &str, record: &T) -> Result<()> {
        let bytes = serde_json::to_vec(record).map_err(|error| failed("write", name, &error))?;
        let path = self.path(name, RECORD)?;
        write(name, || self.disk.replace(&path, &bytes))
    }

    /// Adds an entry to the list of this name. Lists and records are apart: a record of the same
    /// name is another one.
    ///
    /// # Errors
    /// Code 13 when it can't be written.
    pub fn append<T: Serialize>(&self, name: &str, entry: &T) -> Result<()> {
        let bytes = lines(name, [entry])?;
        let path = self.path(name, LIST)?;
        write(name, || self.disk.append(&path, &bytes))
    }

    /// Puts a list of these entries in place of the one of this name, as a whole or not at all.
    ///
    /// # Errors
    /// Code 13 when it can't be written.
    pub fn replace_all<T: Serialize>(
        &self,
        name: &str,
        entries: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        let bytes = lines(name, entries)?;
        let path = self.path(name, LIST)?;
        write(name, || self.disk.replace(&path, &bytes))
    }

    /// All entries that were added to the list of this name. An entry that was being added when
    /// the node was killed is there as a whole or not at all.
    ///
    /// # Errors
    /// Code 13 when they can't be read, or are no `T`s.
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
            let text = format!("a record's name has letters, digits, - and _ only, not {name:?}");
            return Err(Error::crash(text));
        }
        Ok(self.folder.join(name).with_extension(extension))
    }
}

/// Entries as they stand in a list: each on a line.
fn lines<T: Serialize>(name: &str, entries: impl IntoIterator<Item = T>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut bytes, &entry).map_err(|error| failed("write", name, &error))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Takes the step of writing a record, if it may be taken. A node that has been killed runs on to
/// its next await, but must not notice, nor be noticed.
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
