//! Message bodies, to read from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::fields::{Unknown, read_fields};
use super::header::HEADER;
use super::json::{JsonKey, excerpt};
use super::payload::PayloadSeed;
use super::{Fields, Header, MsgId, SharedBody, decode_error};
use crate::message_body::MessageBody;
use crate::{Error, Result};

type RawHeader<'a> = (
    Option<&'a RawValue>,
    Option<&'a RawValue>,
    Option<&'a RawValue>,
);

/// Reads the header of a body with duplicate keys, of which the last one counts.
fn lenient(body: &str) -> Result<RawHeader<'_>> {
    let fields: BTreeMap<JsonKey, Option<&RawValue>> =
        serde_json::from_str(body).map_err(|_| {
            Error::malformed_request(format!("`body` must be an object, not {}", excerpt(body)))
        })?;
    let field = |name: &str| fields.get(name.as_bytes()).copied().flatten();
    Ok((field(HEADER[0]), field(HEADER[1]), field(HEADER[2])))
}

/// Parses a JSON string. Borrows it if it has no escapes.
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

/// A message body, to read from.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a>(Source<'a>);

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Json(&'a RawValue),
    Shared(&'a SharedBody),
}

impl<'a> Body<'a> {
    /// Creates a body from its JSON.
    pub fn new(json: &'a RawValue) -> Self {
        Self(Source::Json(json))
    }

    /// Returns the body as JSON.
    pub fn get(self) -> &'a str {
        match self.0 {
            Source::Json(json) => json.get(),
            Source::Shared(body) => body.get(),
        }
    }

    /// Returns an owned copy.
    pub(crate) fn to_shared(self) -> SharedBody {
        match self.0 {
            Source::Json(json) => json.to_owned().into(),
            Source::Shared(body) => body.clone(),
        }
    }

    /// Reads the header.
    ///
    /// # Errors
    /// Returns error 12 if the body is not an object or its `msg_id` is not an integer. A missing
    /// or invalid `type` is not an error here, so that an error can be sent to the sender of such a
    /// request.
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

    /// Returns the message type, if it is known without parsing.
    pub(crate) fn known_msg_type(self) -> Option<&'static str> {
        match self.0 {
            Source::Json(_) => None,
            Source::Shared(body) => Some(body.header()?.msg_type),
        }
    }

    /// Reads the fields with these names in one pass, as a tuple. Other fields are skipped. A
    /// missing field is an error, unless its type is an `Option`.
    ///
    /// # Errors
    /// Returns error 12, with a text that contains the path of the field, such as `msgs[3].offset`.
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

    /// Like [`Body::fields`], with names that are not constant. There must be one for each element
    /// of the tuple.
    pub(crate) fn fields_named<T: Fields<'a>>(self, names: &[&'static str]) -> Result<T> {
        self.read_fields(names, Unknown::Skipped)
    }

    fn read_fields<T: Fields<'a>>(self, names: &[&'static str], unknown: Unknown) -> Result<T> {
        let captured = match self.0 {
            // The captured fields do not include the header.
            Source::Shared(body) if !names.iter().any(|name| HEADER.contains(name)) => {
                body.captured(names, unknown)
            }
            _ => None,
        };
        captured.map_or_else(|| read_fields(self.get(), names, unknown), Ok)
    }

    /// Reads a field of a body that has not been encoded, without encoding it: within a process,
    /// the fields of a message are kept as they were written. Returns `None` if the body is JSON,
    /// or if this type can't be read from the field.
    ///
    /// ```
    /// use mael::protocol::Packet;
    ///
    /// let line = br#"{"src":"c1","dest":"n1","body":{"type":"read_ok","value":1}}"#;
    /// let packet = Packet::parse(line).unwrap();
    /// assert_eq!(packet.body.kept_field::<u64>("value"), None);
    /// assert_eq!(packet.body.fields::<(u64,), 1>(["value"]).unwrap(), (1,));
    /// ```
    pub fn kept_field<T: Deserialize<'a>>(self, name: &'static str) -> Option<T> {
        match self.0 {
            Source::Json(_) => None,
            Source::Shared(body) => {
                let field: Option<(T,)> = body.captured(&[name], Unknown::Skipped);
                field.map(|(field,)| field)
            }
        }
    }

    /// Deserializes the whole body, without the header: `type`, `msg_id` and `in_reply_to`.
    ///
    /// # Errors
    /// Returns error 12, with a text that contains the path of the field.
    pub fn whole<T: MessageBody>(self) -> Result<T> {
        self.read()
    }

    /// Deserializes the whole body to any type, without the header: see [`PayloadSeed`].
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Result<T> {
        let body = self.get();
        PayloadSeed::new(body)
            .deserialize(&mut serde_json::Deserializer::from_str(body))
            .map_err(|error| decode_error::explain(body, PayloadSeed::<T>::new(body), &error))
    }

    /// Like [`Body::fields`], but rejects unknown fields, and IDs in the header that are not
    /// integers. Maelstrom's clients read replies in this strict way.
    ///
    /// # Errors
    /// Returns error 12, with a text that contains the path of the field.
    pub fn exact_fields<T: Fields<'a>, const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<T> {
        self.read_fields(&names, Unknown::Rejected)
    }
}

impl SharedBody {
    /// Borrows the body for reading.
    pub fn as_body(&self) -> Body<'_> {
        Body(Source::Shared(self))
    }
}
