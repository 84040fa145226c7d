//! Envelopes: the sender and receiver of a body.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::json::{JsonKey, excerpt};
use super::{Body, MsgId, Name, SharedBody, Text};
use crate::NodeId;

/// A message as it arrives, with a body that is not parsed yet.
#[derive(Debug)]
pub struct Packet<'a> {
    /// The sender.
    pub src: Name<'a>,
    /// The receiver.
    pub dest: Name<'a>,
    /// The body, a JSON object.
    pub body: Body<'a>,
}

/// An owned message: like a [`Packet`], but without borrowed data.
#[derive(Clone, Debug)]
pub struct Message {
    /// The sender.
    pub src: NodeId,
    /// The receiver.
    pub dest: NodeId,
    /// The body, a JSON object.
    pub body: SharedBody,
}

/// The error for a line that is not a message.
#[derive(Debug)]
pub struct Malformed {
    /// The reason, with the name of the field.
    pub reason: String,
    /// The sender and the ID of the request, if both can be parsed, so that an error can be sent.
    pub request: Option<(NodeId, MsgId)>,
}

impl<'a> Packet<'a> {
    /// Parses the envelope of one line. Keys other than `src`, `dest` and `body` are ignored, and a
    /// missing or null body is treated as `{}`.
    ///
    /// # Errors
    /// [`Malformed`] when the line is not a JSON object, a name is missing or not a string, or the
    /// body is not an object.
    ///
    /// ```
    /// use mael::protocol::Packet;
    ///
    /// let line = br#"{"id":0,"src":"c1","dest":"n1","body":{"type":"read"}}"#;
    /// let packet = Packet::parse(line).unwrap();
    /// assert_eq!((&*packet.src, packet.body.get()), ("c1", r#"{"type":"read"}"#));
    ///
    /// let malformed = Packet::parse(br#"{"src":"c1","dest":7,"body":{"msg_id":3}}"#).unwrap_err();
    /// assert_eq!(malformed.reason, "`dest` must be a string, not 7");
    /// ```
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        let line = std::str::from_utf8(line).map_err(|error| Malformed {
            reason: format!("not valid UTF-8: {error}"),
            request: None,
        })?;
        match serde_json::from_str::<Packet<'a>>(line) {
            Ok(packet) if packet.body.get().starts_with('{') => Ok(packet),
            _ => Err(explain(line)),
        }
    }

    /// Returns an owned copy.
    pub fn to_message(&self) -> Message {
        Message {
            src: NodeId::from(&self.src),
            dest: NodeId::from(&self.dest),
            body: self.body.to_shared(),
        }
    }
}

impl Message {
    /// Borrows this message as a packet.
    pub fn as_packet(&self) -> Packet<'_> {
        Packet {
            src: Name::Id(&self.src),
            dest: Name::Id(&self.dest),
            body: self.body.as_body(),
        }
    }
}

/// Returns the body of a message without one.
fn empty_body<'a>() -> &'a RawValue {
    serde_json::from_str("{}").expect("an empty object is JSON")
}

impl<'de: 'a, 'a> Deserialize<'de> for Packet<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Envelope)
    }
}

struct Envelope;

enum EnvelopeKey {
    Src,
    Dest,
    Body,
    Other,
}

impl<'de> Deserialize<'de> for EnvelopeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = EnvelopeKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_bytes<E>(self, key: &[u8]) -> Result<EnvelopeKey, E> {
                Ok(match key {
                    b"src" => EnvelopeKey::Src,
                    b"dest" => EnvelopeKey::Dest,
                    b"body" => EnvelopeKey::Body,
                    _ => EnvelopeKey::Other,
                })
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

impl<'de> Visitor<'de> for Envelope {
    type Value = Packet<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Packet<'de>, A::Error> {
        let (mut src, mut dest, mut body) = (None, None, None);
        while let Some(key) = map.next_key()? {
            match key {
                EnvelopeKey::Src => src = Some(map.next_value::<Text<'de>>()?.0),
                EnvelopeKey::Dest => dest = Some(map.next_value::<Text<'de>>()?.0),
                EnvelopeKey::Body => body = map.next_value::<Option<&'de RawValue>>()?,
                EnvelopeKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Packet {
            src: Name::Text(src.ok_or_else(|| A::Error::missing_field("src"))?),
            dest: Name::Text(dest.ok_or_else(|| A::Error::missing_field("dest"))?),
            body: Body::new(body.unwrap_or_else(|| empty_body())),
        })
    }
}

/// Determines the reason why a line is not a message. This is slow.
fn explain(line: &str) -> Malformed {
    let fields: BTreeMap<JsonKey, Option<&RawValue>> = match serde_json::from_str(line) {
        Ok(fields) => fields,
        Err(error) => {
            return Malformed {
                reason: format!("not a JSON object: {error}"),
                request: None,
            };
        }
    };
    let field = |key: &str| fields.get(key.as_bytes()).copied().flatten();
    let string = |key: &str| -> Result<String, String> {
        let json = field(key).ok_or_else(|| format!("`{key}` is missing"))?;
        serde_json::from_str(json.get())
            .map_err(|_| format!("`{key}` must be a string, not {}", excerpt(json.get())))
    };
    let body = field("body").unwrap_or_else(|| empty_body());
    let header = Body::new(body).header();
    let reason = match (string("src"), string("dest"), &header) {
        (Err(reason), _, _) | (_, Err(reason), _) => reason,
        (_, _, Err(error)) => error.text.clone(),
        _ => "a name in the envelope is invalid".to_owned(),
    };
    let request = match (string("src"), header) {
        (Ok(src), Ok(header)) if !header.is_reply() => header.msg_id.map(|id| (src.into(), id)),
        _ => None,
    };
    Malformed { reason, request }
}
