//! What must outlive a node: small named records that are replaced or appended to as a whole.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::node::{Field, FromInit, Init};
use crate::runtime::scope::with_runtime;
use crate::{Error, Result, log};

/// The extension of a record that is replaced as a whole.
const RECORD: &str = "json";

/// The extension of a list that is appended to.
const LIST: &str = "jsonl";

/// The environment variable that names the folder in which nodes keep their storage.
pub const STORAGE_VARIABLE: &str = "MAEL_STORAGE";

/// Where the storage of nodes is: a folder of theirs under one on disk, or memory.
#[derive(Clone, Debug)]
pub enum Disk {
    /// A folder for each node in this one, which is made if it is not there.
    Folder(PathBuf),
    /// Memory that outlives the node only if its host keeps it, as simulations do.
    Memory(Memory),
}

/// Records in memory, by node and name. Clones are the same memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    records: Rc<RefCell<BTreeMap<PathBuf, Vec<u8>>>>,
    /// Whether it is gone when the node is.
    volatile: bool,
}

impl Default for Disk {
    fn default() -> Self {
        Self::Memory(Memory::default())
    }
}

impl Disk {
    /// What the environment says: the folder that `MAEL_STORAGE` names, or else memory that does
    /// not outlive the process, which is told when a node uses it.
    pub fn from_environment() -> Self {
        match std::env::var_os(STORAGE_VARIABLE) {
            Some(folder) if !folder.is_empty() => Self::Folder(folder.into()),
            _ => Self::Memory(Memory {
                volatile: true,
                ..Memory::default()
            }),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(_) => match fs::read(path) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Self::Memory(memory) => Ok(memory.records.borrow().get(path).cloned()),
        }
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Folder(_) => {
                let new = path.with_extension("new");
                let mut file = File::create(&new)?;
                file.write_all(bytes)?;
                file.sync_all()?;
                fs::rename(&new, path)?;
                sync_folder(path)
            }
            Self::Memory(memory) => {
                memory
                    .records
                    .borrow_mut()
                    .insert(path.to_owned(), bytes.to_owned());
                Ok(())
            }
        }
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Folder(_) => {
                let is_new = !path.exists();
                let mut file = OpenOptions::new()
                    .create(true)
                    .read(true)
                    .append(true)
                    .open(path)?;
                drop_torn_entry(&mut file)?;
                file.write_all(bytes)?;
                file.sync_data()?;
                if is_new { sync_folder(path) } else { Ok(()) }
            }
            Self::Memory(memory) => {
                let mut records = memory.records.borrow_mut();
                records
                    .entry(path.to_owned())
                    .or_default()
                    .extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

/// Takes back an entry whose writing was cut short, so that the next one begins a line.
fn drop_torn_entry(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    if length == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    file.set_len(whole as u64)
}

/// Makes sure that a file which has been made or renamed is found after a crash.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Small named records that outlive the node: a killed node that is started again finds them.
///
/// As a field of a node it is filled in when the node starts. In a process the records are files
/// in the folder `$MAEL_STORAGE/<node>/`, synced before a call returns; without that variable they
/// are kept in memory only, and one line on stderr says so. In simulation they survive a kill.
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
        if !step() {
            return Ok(());
        }
        self.disk
            .replace(&path, &bytes)
            .map_err(|error| failed("write", name, &error))
    }

    /// Adds an entry to the list of this name. Lists and records are apart: a record of the same
    /// name is another one.
    ///
    /// # Errors
    /// Code 13 when it can't be written.
    pub fn append<T: Serialize>(&self, name: &str, entry: &T) -> Result<()> {
        let mut bytes = serde_json::to_vec(entry).map_err(|error| failed("write", name, &error))?;
        bytes.push(b'\n');
        let path = self.path(name, LIST)?;
        if !step() {
            return Ok(());
        }
        self.disk
            .append(&path, &bytes)
            .map_err(|error| failed("write", name, &error))
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

/// Whether the step of writing a record may be taken. A node that has been killed runs on to its
/// next await, but must not notice, nor be noticed.
fn step() -> bool {
    with_runtime("mael::Storage", |runtime| runtime.step())
}

fn failed(what: &str, name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::crash(format!("can't {what} the record {name:?}: {error}"))
}

impl FromInit for Storage {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        let disk = init.host().disk.clone();
        let folder = match &disk {
            Disk::Folder(root) => root.join(&*init.node_id),
            Disk::Memory(_) => PathBuf::from(&*init.node_id),
        };
        match &disk {
            Disk::Folder(_) => fs::create_dir_all(&folder).map_err(|error| {
                Error::crash(format!(
                    "can't make the folder {}: {error}",
                    folder.display()
                ))
            })?,
            Disk::Memory(memory) if memory.volatile => log::line(format_args!(
                "storage is kept in memory and lost with this process; {STORAGE_VARIABLE} names a \
                 folder to keep it in"
            )),
            Disk::Memory(_) => {}
        }
        Ok(Self { disk, folder })
    }
}
