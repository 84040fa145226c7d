//! Forms that the small node does not use: `#[init]`, senders, whole bodies, replies with several
//! fields, deadlines, borrowed parameters, serde's attributes, raw identifiers, and `mael` at
//! another path.

use std::borrow::Cow;
use std::time::Duration;

use self::reexport::toolbox::prelude::*;
use self::reexport::toolbox::protocol::RawValue;
use self::reexport::toolbox::{self, Result};

/// Re-exports `mael`.
pub mod reexport {
    pub use mael as toolbox;
}

/// Serializes durations as milliseconds.
mod milliseconds {
    use std::time::Duration;

    use super::toolbox::serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.as_millis())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

fn a_second() -> Duration {
    Duration::from_secs(1)
}

type Length = Result<usize>;

/// An entry of a log.
#[toolbox::message(crate = "self::reexport::toolbox")]
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its position in the log.
    pub offset: u64,
    /// Its origin.
    pub origin: Origin,
}

/// The origin of an entry.
#[toolbox::message(crate = "self::reexport::toolbox")]
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// A client.
    Client,
    /// Another node.
    Node,
}

/// A page of a log.
#[toolbox::message(crate = "self::reexport::toolbox")]
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
}

/// A node without fields.
#[node(crate = "self::reexport::toolbox")]
pub struct Plain;

#[handlers(crate = "self::reexport::toolbox")]
impl Plain {
    #[init]
    async fn load(&self) -> Result<()> {
        toolbox::time::sleep(a_second()).await;
        Ok(())
    }

    #[handler]
    fn nothing(&self) {}

    #[every(ms = 100)]
    fn tick(&self) {}

    #[every(secs = 5)]
    async fn compare(&self) -> Result<()> {
        toolbox::time::sleep(a_second()).await;
        Ok(())
    }
}

/// A node with all forms of handlers.
#[node(
    crate = "self::reexport::toolbox",
    deadline_ms = 900,
    rpc_timeout_ms = 400
)]
pub struct Forms {
    r#loop: Cell<usize>,
    #[key("log")]
    #[lease(ms = 2000)]
    entries: RefCell<Vec<Entry>>,
}

#[handlers(crate = "self::reexport::toolbox")]
impl Forms {
    #[init]
    fn begin(&self) {
        self.r#loop.set(1);
    }

    /// A string that is copied only if it contains escapes.
    #[handler(reply = "length")]
    fn measure(&self, text: Cow<'_, str>, #[serde(default)] note: Cow<'_, str>) -> usize {
        text.len() + note.len()
    }

    /// Any JSON, which is not parsed.
    #[handler(oneway)]
    fn forward(&self, payload: &RawValue) {
        self.r#loop.set(payload.get().len());
    }

    /// Durations with a custom serialization.
    #[handler(reply("after", "since"))]
    fn expire(
        &self,
        #[serde(with = "milliseconds", rename = "at-ms")] at: Duration,
        #[serde(with = "milliseconds", default = "a_second")] every: Duration,
    ) -> Result<(u64, u64)> {
        if at.is_zero() {
            return Err(toolbox::Error::malformed_request(
                "a duration must be positive",
            ));
        }
        Ok((at.as_secs(), every.as_secs()))
    }

    #[handler(type = "2pc", reply = "ref")]
    async fn r#match(&self, r#type_of: String, #[src] src: NodeId) -> Result<String> {
        toolbox::time::sleep(a_second()).await;
        Ok(type_of + &src)
    }

    #[handler(oneway, deadline_ms = 50)]
    async fn ping(&self) {
        toolbox::time::sleep(a_second()).await;
    }

    /// Returns an alias of `Result`.
    #[handler(reply = "length", fallible)]
    fn length(&self) -> Length {
        let length = std::num::NonZero::new(self.r#loop.get());
        let length = length.ok_or_else(|| toolbox::Error::crash("nothing was forwarded"))?;
        Ok(length.get())
    }

    /// Takes a whole body, and replies without fields.
    #[handler(type = "append", reply_type = "appended")]
    fn append_entry(&self, #[body] entry: Entry, #[src] from: NodeId) -> Result<()> {
        if from.is_empty() {
            return Err(toolbox::Error::malformed_request("entries have senders"));
        }
        self.entries.borrow_mut().push(entry);
        Ok(())
    }

    /// Replies with a whole body, or an error.
    #[handler]
    fn newest(&self) -> Result<Entry> {
        let newest = self.entries.borrow().last().cloned();
        newest.ok_or_else(|| toolbox::Error::crash("the log is empty"))
    }

    /// Replies with a whole body, asynchronously.
    #[handler]
    async fn page(&self) -> Page<Entry> {
        toolbox::time::sleep(a_second()).await;
        Page {
            entries: self.entries.borrow().clone(),
        }
    }

    /// Replies with several fields, asynchronously.
    #[handler(reply("msgs", "more"), deadline_ms = 2000)]
    async fn poll(&self, from: usize, #[serde(default)] limit: usize) -> (Vec<Entry>, bool) {
        toolbox::time::sleep(a_second()).await;
        let entries = self.entries.borrow();
        let msgs: Vec<_> = entries.iter().skip(from).take(limit).cloned().collect();
        let more = entries.len() > from + msgs.len();
        (msgs, more)
    }

    /// Sends no reply, not even an error.
    #[handler(oneway)]
    fn gossip(&self, #[src] from: NodeId, offsets: BTreeSet<u64>) -> Result<()> {
        if from.is_empty() {
            return Err(toolbox::Error::malformed_request("gossip has a sender"));
        }
        self.r#loop.set(offsets.len());
        Ok(())
    }

    #[cfg_attr(not(any()), handler(oneway))]
    fn pong(&self, #[cfg(any())] absent: Absent, #[cfg(not(any()))] present: bool) {
        self.r#loop.set(usize::from(present));
    }

    #[task]
    async fn run(&self) {
        toolbox::time::sleep(a_second()).await;
    }
}
