//! Bodies: a header that every message may have, and the fields of its type.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::fields::{Unknown, read_fields};
use super::packet::excerpt;
use super::payload::PayloadSeed;
use super::{Fields, MsgId, SharedBody, decode_error};
use crate::message_body::MessageBody;
use crate::{Error, Result};

/// The keys that the protocol reserves in a body.
pub(super) const HEADER: [&str; 3] = ["type", "msg_id", "in_reply_to"];

/// The part of a body that every message may have.
///
/// ```
/// use mael::protocol::{Header, MsgId, Packet};
///
/// let line = br#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":4,"key":"x"}}"#;
/// let packet = Packet::parse(line).unwrap();
/// let header = packet.body.header()?;
/// assert_eq!(header.msg_type.as_deref(), Some("read"));
/// assert_eq!(header.msg_id, Some(MsgId::from(4)));
/// assert!(!header.is_reply());
/// # Ok::<(), mael::Error>(())
/// ```
#[derive(Debug)]
pub struct Header<'a> {
    /// The message's type, if it is there and a string.
    pub msg_type: Option<Cow<'a, str>>,
    /// The id that a reply must repeat.
    pub msg_id: Option<MsgId>,
    /// The request that this answers; None also if what stands there is no integer.
    pub in_reply_to: Option<MsgId>,
    is_reply: bool,
}

impl Header<'_> {
    /// Whether this is a reply to a request. A null in place of the id counts as absent.
    pub fn is_reply(&self) -> bool {
        self.is_reply
    }
}

type RawHeader<'a> = (
    Option<&'a RawValue>,
    Option<&'a RawValue>,
    Option<&'a RawValue>,
);

/// The header of a body that repeats a key: the last one counts.
fn lenient(body: &str) -> Result<RawHeader<'_>> {
    let fields: BTreeMap<JsonKey, Option<&RawValue>> =
        serde_json::from_str(body).map_err(|_| {
            Error::malformed_request(format!("`body` must be an object, not {}", excerpt(body)))
        })?;
    let field = |name: &str| fields.get(name.as_bytes()).copied().flatten();
    Ok((field(HEADER[0]), field(HEADER[1]), field(HEADER[2])))
}

/// The key of an object, which may be no text: an escape can stand for half a surrogate pair.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JsonKey(Vec<u8>);

impl Borrow<[u8]> for JsonKey {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for JsonKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = JsonKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_bytes<E>(self, key: &[u8]) -> Result<JsonKey, E> {
                Ok(JsonKey(key.to_owned()))
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

/// A body, to read from.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a>(Source<'a>);

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Json(&'a RawValue),
    Shared(&'a SharedBody),
}

impl<'a> Body<'a> {
    /// The body that these bytes are.
    pub fn new(json: &'a RawValue) -> Self {
        Self(Source::Json(json))
    }

    pub(super) fn shared(body: &'a SharedBody) -> Self {
        Self(Source::Shared(body))
    }

    /// The body as JSON.
    pub fn get(self) -> &'a str {
        match self.0 {
            Source::Json(json) => json.get(),
            Source::Shared(body) => body.get(),
        }
    }

    /// A copy that can be kept.
    pub(crate) fn to_shared(self) -> SharedBody {
        match self.0 {
            Source::Json(json) => json.to_owned().into(),
            Source::Shared(body) => body.clone(),
        }
    }

    /// Reads the header.
    ///
    /// # Errors
    /// Code 12 when the body is no object or its `msg_id` is no integer. A `type` that is missing
    /// or no string is not an error here, since the sender of such a request can still be told.
    pub fn header(self) -> Result<Header<'a>> {
        if let Source::Shared(body) = self.0
            && let Some(header) = body.header()
        {
            return Ok(Header {
                msg_type: Some(Cow::Borrowed(header.msg_type)),
                msg_id: header.msg_id.clone(),
                in_reply_to: header.in_reply_to.clone(),
                is_reply: header.in_reply_to.is_some(),
            });
        }
        let (msg_type, msg_id, in_reply_to) = match self.fields(HEADER) {
            Ok(header) => header,
            Err(_) => lenient(self.get())?,
        };
        Ok(Header {
            msg_type: msg_type.and_then(text),
            msg_id: msg_id.map(integer).transpose()?,
            in_reply_to: in_reply_to.and_then(|id| MsgId::from_json(id.get())),
            is_reply: in_reply_to.is_some(),
        })
    }

    /// The type, if it is known without reading.
    pub(crate) fn known_msg_type(self) -> Option<&'static str> {
        match self.0 {
            Source::Json(_) => None,
            Source::Shared(body) => Some(body.header()?.msg_type),
        }
    }

    /// Reads the fields of these names in one pass, as a tuple. Other fields are skipped. A field
    /// that is missing is an error, unless its type is an `Option`.
    ///
    /// # Errors
    /// Code 12, with a text that names the field by its path, as in `msgs[3].offset`.
    ///
    /// ```
    /// use mael::protocol::{Body, Packet};
    ///
    /// let line = br#"{"src":"c1","dest":"n1","body":{"type":"cas","key":"x","from":1,"to":"2"}}"#;
    /// let packet = Packet::parse(line).unwrap();
    /// let (key, from): (String, u64) = packet.body.fields(["key", "from"]).unwrap();
    /// assert_eq!((key.as_str(), from), ("x", 1));
    ///
    /// let error = packet.body.fields::<(u64,), 1>(["to"]).unwrap_err();
    /// assert!(error.text.starts_with("`to`: invalid type: string"), "{error}");
    /// ```
    pub fn fields<T: Fields<'a>, const N: usize>(self, names: [&'static str; N]) -> Result<T> {
        self.read_fields(&names, Unknown::Skipped)
    }

    /// Like [`Body::fields`], with names that are known when the program runs. There must be one
    /// for each element of the tuple.
    pub(crate) fn fields_named<T: Fields<'a>>(self, names: &[&'static str]) -> Result<T> {
        self.read_fields(names, Unknown::Skipped)
    }

    fn read_fields<T: Fields<'a>>(self, names: &[&'static str], unknown: Unknown) -> Result<T> {
        let captured = match self.0 {
            // What was captured has no header.
            Source::Shared(body) if !names.iter().any(|name| HEADER.contains(name)) => {
                body.captured(names, unknown)
            }
            _ => None,
        };
        captured.map_or_else(|| read_fields(self.get(), names, unknown), Ok)
    }

    /// Reads the whole body as one value, without the fields that the protocol owns: `type`,
    /// `msg_id` and `in_reply_to`.
    ///
    /// # Errors
    /// Code 12, with a text that names the field.
    pub fn whole<T: MessageBody>(self) -> Result<T> {
        self.read()
    }

    /// Reads the whole body as one value of any type. The header is left out: see [`PayloadSeed`].
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Result<T> {
        let body = self.get();
        PayloadSeed::new(body)
            .deserialize(&mut serde_json::Deserializer::from_str(body))
            .map_err(|error| decode_error::explain(body, PayloadSeed::<T>::new(body), &error))
    }

    /// Like [`Body::fields`], but refuses any field that is neither named nor part of the header,
    /// and ids in the header that are no integers: the closed form in which clients read the
    /// replies of nodes.
    ///
    /// # Errors
    /// Code 12, with a text that names the field.
    pub fn exact_fields<T: Fields<'a>, const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<T> {
        self.read_fields(&names, Unknown::Refused)
    }
}
