//! What the other nodes do not use: borrowed parameters, serde's attributes, raw identifiers, and
//! `mael` under another path.

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

/// A node of all forms.
#[node(crate = "self::reexport::toolbox")]
pub struct Forms {
    r#loop: Cell<usize>,
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

    #[cfg_attr(not(any()), handler(oneway))]
    fn pong(&self, #[cfg(any())] absent: Absent, #[cfg(not(any()))] present: bool) {
        self.r#loop.set(usize::from(present));
    }

    #[task]
    async fn run(&self) {
        toolbox::time::sleep(a_second()).await;
    }
}
