//! Writes bodies into the output, or captures them for a receiver in the same process.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::IgnoredAny;

use super::MsgId;
use super::captured::Captured;
use super::header::HEADER;
use super::json::JsonKey;
use super::sent::{Sent, SentHeader};
use super::value::Writable;
use crate::message_body::MessageBody;
use crate::{Error, Result};

/// Writes one body: first the IDs are set, then the message type and the fields are written.
///
/// ```
/// use mael::protocol::BodyWriter;
///
/// let mut out = Vec::new();
/// BodyWriter::new(&mut out).msg_id(4).message("read_ok").field("value", &7).end()?;
/// assert_eq!(out, br#"{"type":"read_ok","msg_id":4,"value":7}"#);
/// # Ok::<(), mael::Error>(())
/// ```
pub struct BodyWriter<'a> {
    output: Output<'a>,
    msg_id: Option<MsgId>,
    in_reply_to: Option<MsgId>,
}

/// The destination of a body.
enum Output<'a> {
    Bytes(&'a mut Vec<u8>),
    Captured(&'a mut Option<Sent>),
}

impl<'a> BodyWriter<'a> {
    /// Creates a writer that appends to `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self::to(Output::Bytes(out))
    }

    /// Creates a writer that captures the body. Sets `sent` to None if a field overrides the
    /// header.
    pub(super) fn capturing(sent: &'a mut Option<Sent>) -> Self {
        Self::to(Output::Captured(sent))
    }

    fn to(output: Output<'a>) -> Self {
        Self {
            output,
            msg_id: None,
            in_reply_to: None,
        }
    }

    /// Writes a body that is already serialized, with its own IDs.
    pub(super) fn copy(self, body: &str) {
        if let Output::Bytes(out) = self.output {
            out.extend_from_slice(body.as_bytes());
        }
    }

    /// Sets the ID of a request, so that a reply is sent.
    #[must_use]
    pub fn msg_id(mut self, id: impl Into<MsgId>) -> Self {
        self.msg_id = Some(id.into());
        self
    }

    /// Makes the body a reply to the request with this ID.
    #[must_use]
    pub fn in_reply_to(mut self, id: MsgId) -> Self {
        self.in_reply_to = Some(id);
        self
    }

    /// Writes the header: the message type and the IDs.
    pub fn message(self, msg_type: &'static str) -> FieldsWriter<'a> {
        let header = SentHeader {
            msg_type,
            msg_id: self.msg_id,
            in_reply_to: self.in_reply_to,
        };
        match self.output {
            Output::Bytes(out) => FieldsWriter {
                start: out.len(),
                output: Output::Bytes(out),
                result: Ok(()),
            }
            .begin(&header),
            Output::Captured(sent) => {
                let fields = Some(Vec::new());
                *sent = Some(Sent { header, fields });
                FieldsWriter {
                    start: 0,
                    output: Output::Captured(sent),
                    result: Ok(()),
                }
            }
        }
    }
}

/// Writes the fields of a body, after its header.
#[must_use = "a body is incomplete without `.end()`"]
pub struct FieldsWriter<'a> {
    output: Output<'a>,
    start: usize,
    result: Result<()>,
}

impl FieldsWriter<'_> {
    /// Writes one field.
    pub fn field<T: Writable + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        match &mut self.output {
            Output::Bytes(_) => self.entry(b',', name, value),
            Output::Captured(sent) => {
                capture(sent, name, value);
                self
            }
        }
    }

    /// Writes one field with a user-defined name, which fails if the protocol reserves it.
    pub(crate) fn own_field<T: Writable + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        if HEADER.contains(&name) {
            self.result = Err(reserved(name));
        }
        self.field(name, value)
    }

    /// Writes the fields of a message body, which are then all the fields of the body.
    pub fn whole<T: MessageBody>(self, message: &T) -> Self {
        self.fields_of(message)
    }

    /// Writes the fields of a value that serializes to a JSON object; `()` has none.
    ///
    /// They are never captured.
    pub(crate) fn fields_of<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match &mut self.output {
            Output::Bytes(out) if self.result.is_ok() => {
                let start = out.len();
                self.result = serde_json::to_writer(&mut **out, value)
                    .map_err(|error| Error::crash(format!("can't serialize the body: {error}")))
                    .and_then(|()| splice(out, start));
            }
            Output::Bytes(_) => {}
            Output::Captured(sent) => {
                if let Some(sent) = sent {
                    sent.fields = None;
                }
            }
        }
        self
    }

    /// Completes the body.
    ///
    /// # Errors
    /// Returns error 13 if a field could not be serialized; the output is then unchanged.
    pub fn end(self) -> Result<()> {
        if let Output::Bytes(out) = self.output {
            match self.result {
                Ok(()) => out.push(b'}'),
                Err(_) => out.truncate(self.start),
            }
        }
        self.result
    }

    fn begin(self, header: &SentHeader) -> Self {
        let mut fields = self.entry(b'{', "type", header.msg_type);
        for (name, id) in [
            ("msg_id", &header.msg_id),
            ("in_reply_to", &header.in_reply_to),
        ] {
            if let Some(id) = id {
                fields = fields.entry(b',', name, id);
            }
        }
        fields
    }

    fn entry<T: Serialize + ?Sized>(mut self, before: u8, name: &str, value: &T) -> Self {
        if let (Output::Bytes(out), Ok(())) = (&mut self.output, &self.result) {
            out.push(before);
            let written = serde_json::to_writer(&mut **out, name).and_then(|()| {
                out.push(b':');
                serde_json::to_writer(&mut **out, value)
            });
            self.result =
                written.map_err(|error| Error::crash(format!("can't serialize `{name}`: {error}")));
        }
        self
    }
}

/// Captures a field, if all fields before it were captured.
fn capture<T: Serialize + ?Sized>(sent: &mut Option<Sent>, name: &'static str, value: &T) {
    if HEADER.contains(&name) {
        // The header is then determined when the body is read.
        *sent = None;
    }
    let Some(Sent { fields, .. }) = sent else {
        return;
    };
    if let Some(captured) = fields {
        match Captured::of(value) {
            Some(value) => captured.push((name, value)),
            None => *fields = None,
        }
    }
}

fn reserved(name: &str) -> Error {
    Error::crash(format!(
        "the body has a field `{name}`, which is reserved by the protocol"
    ))
}

/// Inlines the fields of the JSON object that begins at `start` into the body around it.
fn splice(out: &mut Vec<u8>, start: usize) -> Result<()> {
    let keys: Option<BTreeMap<JsonKey, IgnoredAny>> = serde_json::from_slice(&out[start..])
        .map_err(|_| Error::crash("the body of a message must be a JSON object"))?;
    let keys = keys.unwrap_or_default();
    if let Some(name) = HEADER
        .iter()
        .find(|name| keys.contains_key(name.as_bytes()))
    {
        return Err(reserved(name));
    }
    if keys.is_empty() {
        out.truncate(start);
    } else {
        out[start] = b',';
        out.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorCode;

    #[test]
    fn a_value_that_cannot_be_serialized_leaves_the_output_unchanged() {
        let mut out = b"before".to_vec();
        let keys_are_lists = BTreeMap::from([(vec![1], 2)]);
        let error = BodyWriter::new(&mut out)
            .message("x")
            .field("map", &keys_are_lists)
            .end()
            .unwrap_err();
        assert!(error.text.starts_with("can't serialize `map`"), "{error}");
        assert_eq!(out, b"before");
    }

    fn whole(value: &impl Serialize) -> (Result<()>, String) {
        let mut out = b"before".to_vec();
        let fields = BodyWriter::new(&mut out).msg_id(4).message("x");
        let result = fields.fields_of(value).end();
        (result, String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_fields_of_an_object_become_fields_of_the_body() {
        let written = |value| {
            let (result, out) = whole(&value);
            result.map(|()| out)
        };
        let body = |rest: &str| Ok(format!(r#"before{{"type":"x","msg_id":4{rest}}}"#));
        let nested = json!({"entry": {"type": "plain", "msg_id": 5}});
        assert_eq!(
            written(nested),
            body(r#","entry":{"msg_id":5,"type":"plain"}"#)
        );
        assert_eq!(written(json!({})), body(""));
        assert_eq!(written(json!(null)), body(""));
    }

    #[test]
    fn a_whole_body_must_be_an_object_without_reserved_fields() {
        let refused = |value| {
            let (result, out) = whole(&value);
            assert_eq!(out, "before");
            let error = result.unwrap_err();
            assert_eq!(error.code, ErrorCode::Crash);
            error.text
        };
        assert!(refused(json!({"type": "y"})).contains("`type`"));
        assert!(refused(json!({"a": 1, "msg_id": 0})).contains("`msg_id`"));
        assert!(refused(json!({"in_reply_to": null})).contains("`in_reply_to`"));
        assert!(refused(json!([1])).contains("a JSON object"));
        assert!(refused(json!("text")).contains("a JSON object"));
    }
}
