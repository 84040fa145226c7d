//! Where nodes store data: in files or in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::executor::logger;
use crate::{Error, NodeId, Result};

/// The environment variable that sets the folder for the storage of nodes.
pub const STORAGE_VARIABLE: &str = "MAEL_STORAGE";

/// Where the storage of nodes is.
#[derive(Clone, Debug)]
pub enum Disk {
    /// In a subfolder of this folder for each node. Folders are created as needed.
    Folder(PathBuf),
    /// In memory. It outlives the node only if the environment keeps it, as simulations do.
    Memory(MemoryFiles),
}

/// Files in memory, by path. Clones share the same files.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: Rc<RefCell<BTreeMap<PathBuf, Vec<u8>>>>,
    /// Whether to warn on the first use, because the files are lost with the process.
    warn_on_use: Rc<Cell<bool>>,
}

impl MemoryFiles {
    /// Warns once that the files are lost with the process.
    fn warn_once(&self) {
        if self.warn_on_use.take() {
            logger::warn(format_args!(
                "storage is in memory and will be lost with this process; set {STORAGE_VARIABLE} to a \
                 folder to keep it"
            ));
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::Memory(MemoryFiles::default())
    }
}

impl Disk {
    /// Returns the storage set by the environment variable `MAEL_STORAGE`. If it is unset or empty,
    /// storage is in memory, and a warning is logged when a node uses it.
    pub fn from_env() -> Self {
        match std::env::var_os(STORAGE_VARIABLE) {
            Some(folder) if !folder.is_empty() => Self::Folder(folder.into()),
            _ => Self::Memory(MemoryFiles {
                warn_on_use: Rc::new(Cell::new(true)),
                ..MemoryFiles::default()
            }),
        }
    }

    /// Takes all files in memory, by path. Returns nothing for a folder.
    pub fn take_memory(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        match self {
            Self::Folder(_) => BTreeMap::new(),
            Self::Memory(memory) => memory.files.take(),
        }
    }

    /// Returns the folder of a node, which is created if needed.
    pub(crate) fn folder(&self, node: &NodeId) -> Result<PathBuf> {
        let root = match self {
            Self::Folder(root) => root,
            Self::Memory(memory) => {
                memory.warn_once();
                return Ok(PathBuf::from(&**node));
            }
        };
        let folder = root.join(&**node);
        fs::create_dir_all(&folder).map_err(|error| {
            let folder = folder.display();
            Error::crash(format!("can't create the folder {folder}: {error}"))
        })?;
        Ok(folder)
    }

    pub(crate) fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(_) => match fs::read(path) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Self::Memory(memory) => Ok(memory.files.borrow().get(path).cloned()),
        }
    }

    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
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
                    .files
                    .borrow_mut()
                    .insert(path.to_owned(), bytes.to_owned());
                Ok(())
            }
        }
    }

    pub(crate) fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
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
                let mut files = memory.files.borrow_mut();
                files
                    .entry(path.to_owned())
                    .or_default()
                    .extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

/// Removes an incomplete entry at the end of the file, so that the next one starts on a new line.
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

/// Syncs the folder of a file, so that a created or renamed file is found after a crash.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
