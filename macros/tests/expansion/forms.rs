//! What the small node does not use: a start, senders, whole bodies, several fields in a reply,
//! deadlines, borrowed parameters, serde's attributes, raw identifiers, `mael` under another path.

use std::borrow::Cow;
use std::time::Duration;

use self::reexport::toolbox::prelude::*;
use self::reexport::toolbox::protocol::RawValue;
use self::reexport::toolbox::{self, Result};

/// Where `mael` is found.
pub mod reexport {
    pub use mael as toolbox;
}

/// How a time is written: in milliseconds.
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
    /// Where it stands.
    pub offset: u64,
    /// How it came.
    pub origin: Origin,
}

/// Where an entry comes from.
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

/// A node of all forms.
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

    /// A text that is copied only where it has to be unescaped.
    #[handler(reply = "length")]
    fn measure(&self, text: Cow<'_, str>, #[serde(default)] note: Cow<'_, str>) -> usize {
        text.len() + note.len()
    }

    /// Any JSON, unread.
    #[handler(oneway)]
    fn forward(&self, payload: &RawValue) {
        self.r#loop.set(payload.get().len());
    }

    /// Times of its own form.
    #[handler(reply("after", "since"))]
    fn expire(
        &self,
        #[serde(with = "milliseconds", rename = "at-ms")] at: Duration,
        #[serde(with = "milliseconds", default = "a_second")] every: Duration,
    ) -> Result<(u64, u64)> {
        if at.is_zero() {
            return Err(toolbox::Error::malformed_request("a time is above zero"));
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

    /// A `Result` by another name.
    #[handler(reply = "length", fallible)]
    fn length(&self) -> Length {
        let length = std::num::NonZero::new(self.r#loop.get());
        let length = length.ok_or_else(|| toolbox::Error::crash("nothing was forwarded"))?;
        Ok(length.get())
    }

    /// A whole body, of which only the reply's type is sent back.
    #[handler(type = "append", reply_type = "appended")]
    fn append_entry(&self, #[body] entry: Entry, #[src] from: NodeId) -> Result<()> {
        if from.is_empty() {
            return Err(toolbox::Error::malformed_request("entries have senders"));
        }
        self.entries.borrow_mut().push(entry);
        Ok(())
    }

    /// A reply that is a whole body, or an error.
    #[handler]
    fn newest(&self) -> Result<Entry> {
        let newest = self.entries.borrow().last().cloned();
        newest.ok_or_else(|| toolbox::Error::crash("the log is empty"))
    }

    /// A reply that is a whole body, after a wait.
    #[handler]
    async fn page(&self) -> Page<Entry> {
        toolbox::time::sleep(a_second()).await;
        Page {
            entries: self.entries.borrow().clone(),
        }
    }

    /// Several fields, after a wait.
    #[handler(reply("msgs", "more"), deadline_ms = 2000)]
    async fn poll(&self, from: usize, #[serde(default)] limit: usize) -> (Vec<Entry>, bool) {
        toolbox::time::sleep(a_second()).await;
        let entries = self.entries.borrow();
        let msgs: Vec<_> = entries.iter().skip(from).take(limit).cloned().collect();
        let more = entries.len() > from + msgs.len();
        (msgs, more)
    }

    /// Nothing is sent back, not even an error.
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
