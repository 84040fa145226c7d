//! Bodies: a header that every message may have, and the fields of its type.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::fields::{Unknown, read_fields};
use super::packet::excerpt;
use super::{Fields, MsgId, misfit};
use crate::message::Message;
use crate::{Error, Result};

/// The keys that the protocol reserves in a body.
pub(super) const HEADER: [&str; 3] = ["type", "msg_id", "in_reply_to"];

/// The part of a body that every message may have.
///
/// ```
/// use mael::wire::{Header, MsgId, Packet};
///
/// let line = br#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":4,"key":"x"}}"#;
/// let packet = Packet::parse(line).unwrap();
/// let header = Header::read(packet.body)?;
/// assert_eq!(header.kind.as_deref(), Some("read"));
/// assert_eq!(header.msg_id, Some(MsgId::from(4)));
/// assert!(!header.is_reply());
/// # Ok::<(), mael::Error>(())
/// ```
#[derive(Debug)]
pub struct Header<'a> {
    /// The message's type, if it is there and a string.
    pub kind: Option<Cow<'a, str>>,
    /// The id that a reply must repeat.
    pub msg_id: Option<MsgId>,
    /// The request that this answers, as it was written; null counts as absent.
    pub in_reply_to: Option<&'a RawValue>,
}

impl<'a> Header<'a> {
    /// Reads the header of a body.
    ///
    /// # Errors
    /// Code 12 when the body is no object or its `msg_id` is no integer. A `type` that is missing
    /// or no string is not an error here, since the sender of such a request can still be told.
    pub fn read(body: &'a RawValue) -> Result<Self> {
        let (kind, msg_id, in_reply_to) = match Body(body).fields(HEADER) {
            Ok(header) => header,
            Err(_) => lenient(body)?,
        };
        Ok(Self {
            kind: kind.and_then(text),
            msg_id: msg_id.map(integer).transpose()?,
            in_reply_to,
        })
    }

    /// Whether this is a reply to a request.
    pub fn is_reply(&self) -> bool {
        self.in_reply_to.is_some()
    }
}

type RawHeader<'a> = (
    Option<&'a RawValue>,
    Option<&'a RawValue>,
    Option<&'a RawValue>,
);

/// The header of a body that repeats a key: the last one counts.
fn lenient(body: &RawValue) -> Result<RawHeader<'_>> {
    let fields: BTreeMap<Key, Option<&RawValue>> =
        serde_json::from_str(body.get()).map_err(|_| {
            Error::malformed_request(format!(
                "`body` must be an object, not {}",
                excerpt(body.get())
            ))
        })?;
    let field = |name: &str| fields.get(name.as_bytes()).copied().flatten();
    Ok((field(HEADER[0]), field(HEADER[1]), field(HEADER[2])))
}

/// The key of an object, which may be no text: an escape can stand for half a surrogate pair.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<u8>);

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_bytes<E>(self, key: &[u8]) -> Result<Key, E> {
                Ok(Key(key.to_owned()))
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

/// A JSON string, borrowed if it has no escapes.
fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    let json = json.get();
    match json.strip_prefix('"')?.strip_suffix('"')? {
        plain if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        _ => serde_json::from_str(json).ok().map(Cow::Owned),
    }
}

fn integer(json: &RawValue) -> Result<MsgId> {
    MsgId::from_json(json.get()).ok_or_else(|| {
        Error::malformed_request(format!(
            "`msg_id` must be an integer, not {}",
            excerpt(json.get())
        ))
    })
}

/// A body as bytes, to read fields from.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a>(pub &'a RawValue);

impl<'a> Body<'a> {
    /// Reads the fields of these names in one pass, as a tuple. Other fields are skipped. A field
    /// that is missing is an error, unless its type is an `Option`.
    ///
    /// # Errors
    /// Code 12, with a text that names the field by its path, as in `msgs[3].offset`.
    ///
    /// ```
    /// use mael::wire::{Body, Packet};
    ///
    /// let line = br#"{"src":"c1","dest":"n1","body":{"type":"cas","key":"x","from":1,"to":"2"}}"#;
    /// let packet = Packet::parse(line).unwrap();
    /// let (key, from): (String, u64) = Body(packet.body).fields(["key", "from"]).unwrap();
    /// assert_eq!((key.as_str(), from), ("x", 1));
    ///
    /// let error = Body(packet.body).fields::<(u64,), 1>(["to"]).unwrap_err();
    /// assert!(error.text.starts_with("`to`: invalid type: string"), "{error}");
    /// ```
    pub fn fields<T: Fields<'a>, const N: usize>(self, names: [&'static str; N]) -> Result<T> {
        read_fields(self.0, &names, Unknown::Skipped)
    }

    /// Like [`Body::fields`], with names that are known when the program runs. There must be one for
    /// each element of the tuple.
    pub(crate) fn fields_named<T: Fields<'a>>(self, names: &[&'static str]) -> Result<T> {
        read_fields(self.0, names, Unknown::Skipped)
    }

    /// Reads the whole body as one value.
    ///
    /// # Errors
    /// Code 12, with a text that names the field.
    pub fn whole<T: Message>(self) -> Result<T> {
        self.read()
    }

    /// Reads the whole body as one value of any type.
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Result<T> {
        serde_json::from_str(self.0.get())
            .map_err(|error| misfit::explain(self.0, PhantomData::<T>, &error))
    }

    /// Like [`Body::fields`], but refuses any field that is neither named nor part of the header:
    /// the closed form in which clients read the replies of nodes.
    ///
    /// # Errors
    /// Code 12, with a text that names the field.
    pub fn exact_fields<T: Fields<'a>, const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<T> {
        read_fields(self.0, &names, Unknown::Refused)
    }
}
