//! Envelopes: who sends a body to whom.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Body, MsgId, Name, SharedBody, Text, body};
use crate::NodeId;

/// A message as it arrives: its names, and its body still as bytes.
#[derive(Debug)]
pub struct Packet<'a> {
    /// The sender.
    pub src: Name<'a>,
    /// The name it was sent to.
    pub dest: Name<'a>,
    /// The body, a JSON object.
    pub body: Body<'a>,
}

/// A message that is kept: a [`Packet`] that owns its parts.
#[derive(Clone, Debug)]
pub struct Message {
    /// The sender.
    pub src: NodeId,
    /// The name it is sent to.
    pub dest: NodeId,
    /// The body, a JSON object.
    pub body: SharedBody,
}

/// A line that is no message.
#[derive(Debug)]
pub struct Malformed {
    /// What is wrong with it, naming the field.
    pub reason: String,
    /// Whom to tell: the sender and the id of the request, if both can be read.
    pub request: Option<(NodeId, MsgId)>,
}

impl<'a> Packet<'a> {
    /// Reads the envelope of one line. Keys other than `src`, `dest` and `body` are ignored, and
    /// a missing or null body is read as `{}`.
    ///
    /// # Errors
    /// [`Malformed`], when the line is not a JSON object, a name is missing or no string, or the
    /// body is no object.
    ///
    /// ```
    /// use mael::protocol::Packet;
    ///
    /// let packet = Packet::parse(br#"{"id":0,"src":"c1","dest":"n1","body":{"type":"read"}}"#).unwrap();
    /// assert_eq!((&*packet.src, packet.body.get()), ("c1", r#"{"type":"read"}"#));
    ///
    /// let malformed = Packet::parse(br#"{"src":"c1","dest":7,"body":{"msg_id":3}}"#).unwrap_err();
    /// assert_eq!(malformed.reason, "`dest` must be a string, not 7");
    /// ```
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        let line = std::str::from_utf8(line).map_err(|error| Malformed {
            reason: format!("not UTF-8: {error}"),
            request: None,
        })?;
        match serde_json::from_str::<Packet<'a>>(line) {
            Ok(packet) if packet.body.get().starts_with('{') => Ok(packet),
            _ => Err(explain(line)),
        }
    }

    /// A copy that owns its parts.
    pub fn to_message(&self) -> Message {
        Message {
            src: NodeId::from(&self.src),
            dest: NodeId::from(&self.dest),
            body: self.body.to_shared(),
        }
    }
}

impl Message {
    /// This message as it arrives at its destination.
    pub fn as_packet(&self) -> Packet<'_> {
        Packet {
            src: Name::Id(&self.src),
            dest: Name::Id(&self.dest),
            body: self.body.as_body(),
        }
    }
}

/// The body of a message that has none.
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

/// Finds out what is wrong with a line that is no message. Slow, and only for such lines.
fn explain(line: &str) -> Malformed {
    let fields: BTreeMap<body::JsonKey, Option<&RawValue>> = match serde_json::from_str(line) {
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
        _ => "a name in the envelope can't be read".to_owned(),
    };
    let request = match (string("src"), header) {
        (Ok(src), Ok(header)) if !header.is_reply() => header.msg_id.map(|id| (src.into(), id)),
        _ => None,
    };
    Malformed { reason, request }
}

/// The beginning of a text, short enough for a log line.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
