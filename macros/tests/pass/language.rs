//! All attributes without an import of the prelude, and a node that is declared by a macro.

#![no_implicit_prelude]
#![deny(warnings, missing_docs)]

use ::std::borrow::Cow;
use ::std::clone::Clone;
use ::std::option::Option;
use ::std::result::Result::{self, Ok};
use ::std::string::String;
use ::std::vec::Vec;

/// A message.
#[::mael::message]
pub struct Entry {
    offset: u64,
    #[serde(default)]
    origin: Origin,
}

/// A part of a message.
#[::mael::message]
#[derive(::std::default::Default)]
pub enum Origin {
    /// The only variant.
    #[default]
    Client,
}

/// A message without fields.
#[::mael::message]
pub struct Nothing;

/// A message of any type.
#[::mael::message]
pub struct Page<T> {
    entries: Vec<T>,
}

mod text {
    use ::mael::serde::{Deserialize, Deserializer, Serializer};
    use ::std::result::Result;
    use ::std::string::String;

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

/// A node.
#[::mael::node(deadline_ms = 900, rpc_timeout_ms = 400)]
pub struct Language {
    peers: ::mael::Peers<Language>,
    #[key("entries")]
    #[lease(secs = 2)]
    offsets: ::std::cell::RefCell<Vec<u64>>,
    pause: u64,
}

#[::mael::handlers]
impl Language {
    #[init]
    async fn start(&self) -> ::mael::Result<()> {
        Ok(())
    }

    #[cfg(any())]
    #[init]
    fn absent_start(&self) {}

    #[every(ms = self.pause + 1)]
    async fn gossip(&self) -> ::mael::Result<()> {
        for peer in &self.peers {
            peer.append(Entry {
                offset: 0,
                origin: Origin::Client,
            })
            .send();
            let Entry { offset, origin } = peer.newest().await?;
            let (offsets, _) = peer.poll(String::new(), Option::None).retry().await?;
            peer.receive(offsets.len() as u64 + offset).send();
            peer.id().await?;
            let Nothing = peer.nothing().await?;
            let Page { entries } = peer.page().await?;
            let _ = (entries, origin);
            peer.clone()
                .measure(Cow::Borrowed("text"), Cow::Borrowed(""))
                .await?;
        }
        Ok(())
    }

    #[every(secs = 1)]
    fn rest(&self) {}

    #[cfg(any())]
    #[every(secs = 1)]
    fn absent(&self) {}

    #[handler]
    fn append(&self, #[body] body: Entry, #[src] src: ::mael::NodeId) {
        let _ = src;
        self.offsets.borrow_mut().push(body.offset);
    }

    #[handler(reply_type = "the_newest")]
    fn newest(&self) -> Result<Entry, ::mael::Error> {
        let offset = self.offsets.borrow().len() as u64;
        let origin = Origin::Client;
        Ok(Entry { offset, origin })
    }

    #[handler(reply("offsets", "is-last"), deadline_ms = 500)]
    async fn poll(
        &self,
        #[serde(with = "text")] key: String,
        #[serde(default, rename = "at-most")] limit: Option<u64>,
    ) -> ::mael::Result<(Vec<u64>, bool)> {
        Ok((::std::vec![limit.unwrap_or(1)], key.is_empty()))
    }

    #[handler(oneway)]
    fn receive(&self, offset: u64) {
        self.offsets.borrow_mut().push(offset);
    }

    #[handler(oneway)]
    async fn receive_later(&self, offset: u64) -> ::mael::Result<()> {
        self.offsets.borrow_mut().push(offset);
        Ok(())
    }

    #[handler]
    async fn nothing(&self) -> Nothing {
        Nothing
    }

    #[handler]
    fn page(&self) -> Page<u64> {
        Page {
            entries: self.offsets.borrow().clone(),
        }
    }

    #[handler(reply = "length")]
    fn measure(
        &self,
        text: Cow<'_, str>,
        #[serde(default, rename = "note")] r#type: Cow<str>,
    ) -> usize {
        text.len() + r#type.len()
    }

    /// The client has no generated method `id`.
    #[handler]
    fn id(&self) {}
}

/// A node that sends no replies.
#[::mael::node]
pub struct Silent;

#[::mael::handlers]
impl Silent {
    #[handler(oneway)]
    fn receive(&self, text: String) {
        let _ = text;
    }
}

macro_rules! declare {
    ($name:ident, $field:ident, $period:expr, $($method:tt)*) => {
        /// Declared by a macro.
        #[::mael::node]
        pub struct $name {
            $field: ::std::cell::Cell<u64>,
            pause: u64,
        }

        #[::mael::handlers]
        impl $name {
            #[handler(reply = "value")]
            fn add(&self, $field: u64, other: u64, #[src] src: ::mael::NodeId) -> u64 {
                let _ = src;
                self.$field.replace($field + other)
            }

            #[handler(reply = "echo")]
            $($method)*

            #[every(ms = self.pause + $period)]
            fn rest(&self) {}
        }
    };
}

declare!(
    Declared,
    count,
    5,
    fn echo(&self, echo: String) -> String {
        echo
    }
);

pub(super) fn check() {
    let _ = [
        ::mael::run::<Language>,
        ::mael::run::<Silent>,
        ::mael::run::<Declared>,
    ];
}
