//! A node that stores a count and a list in its storage.

use mael::Storage;
use mael::prelude::*;

#[node]
struct StorageNode {
    storage: Storage,
}

#[handlers]
impl StorageNode {
    /// Counts requests across all restarts of this node.
    #[handler(type = "count", reply = "value")]
    fn count(&self) -> mael::Result<u64> {
        let count = self.storage.read::<u64>("count")?.unwrap_or(0) + 1;
        self.storage.replace("count", &count)?;
        Ok(count)
    }

    /// Adds a word to the list.
    #[handler(type = "add")]
    fn add(&self, word: String) -> mael::Result<()> {
        self.storage.append("words", &word)
    }

    /// Returns the whole list.
    #[handler(type = "list", reply = "words")]
    fn list(&self) -> mael::Result<Vec<String>> {
        self.storage.read_all("words")
    }
}

fn main() -> ExitCode {
    mael::run::<StorageNode>()
}
