//! A log: whole bodies both ways, several fields in a reply, deadlines, keys and leases.

use std::time::Duration;

use mael::prelude::*;

/// An entry of a log.
#[mael::message]
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub offset: u64,
    /// What it says.
    pub msg: u64,
    /// How it came.
    pub origin: Origin,
}

/// Where an entry comes from.
#[mael::message]
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// A client.
    Client,
    /// Another node.
    Node,
}

/// A page of a log.
#[mael::message]
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
}

/// A node that keeps a log.
#[node]
pub struct Kafka {
    entries: RefCell<Vec<Entry>>,
    #[key("committed")]
    #[lease(ms = 2000)]
    offsets: RefCell<BTreeMap<String, u64>>,
}

#[handlers]
impl Kafka {
    /// Appends an entry that another node has made.
    #[handler(type = "append", reply_type = "appended")]
    fn append_entry(&self, #[body] entry: Entry, #[src] from: NodeId) -> mael::Result<()> {
        if from.is_empty() {
            return Err(Error::malformed_request("an entry comes from a node"));
        }
        self.entries.borrow_mut().push(entry);
        Ok(())
    }

    /// The newest entry.
    #[handler]
    fn newest(&self) -> mael::Result<Entry> {
        let newest = self.entries.borrow().last().cloned();
        newest.ok_or_else(|| Error::crash("the log is empty"))
    }

    /// Some entries, and whether there are more.
    #[handler(reply("msgs", "more"), deadline_ms = 2000)]
    async fn poll(&self, from: usize, #[serde(default)] limit: usize) -> (Vec<Entry>, bool) {
        mael::time::sleep(Duration::from_millis(1)).await;
        let entries = self.entries.borrow();
        let msgs: Vec<_> = entries.iter().skip(from).take(limit).cloned().collect();
        let more = entries.len() > from + msgs.len();
        (msgs, more)
    }

    /// All entries.
    #[handler]
    async fn page(&self) -> Page<Entry> {
        mael::time::sleep(Duration::from_millis(1)).await;
        Page {
            entries: self.entries.borrow().clone(),
        }
    }

    /// Keeps how far a client has come.
    #[handler]
    fn commit_offsets(&self, offsets: BTreeMap<String, u64>) {
        self.offsets.borrow_mut().extend(offsets);
    }
}
