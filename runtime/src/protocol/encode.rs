//! Writing bodies: straight into the output, or as values for somebody in the same process.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::IgnoredAny;

use super::body::{HEADER, Key};
use super::field_value::{FieldValue, Held};
use super::{Content, Head, MsgId, SharedBody};
use crate::message::Message;
use crate::{Error, Result};

/// A body that can be written.
///
/// ```
/// use mael::protocol::{BodyWriter, Encode};
///
/// struct Ping {
///     round: u64,
/// }
///
/// impl Encode for Ping {
///     fn encode(&self, body: BodyWriter<'_>) -> mael::Result<()> {
///         body.message("ping").field("round", &self.round).end()
///     }
/// }
///
/// let mut out = Vec::new();
/// Ping { round: 3 }.encode(BodyWriter::new(&mut out))?;
/// assert_eq!(out, br#"{"type":"ping","round":3}"#);
/// # Ok::<(), mael::Error>(())
/// ```
pub trait Encode {
    /// Writes this body.
    ///
    /// # Errors
    /// Code 13 when a value has no form in JSON, such as a map whose keys are lists.
    fn encode(&self, body: BodyWriter<'_>) -> Result<()>;

    /// The same body, for a receiver in this process.
    ///
    /// # Errors
    /// As [`Encode::encode`].
    #[doc(hidden)]
    fn share(&self) -> Result<SharedBody> {
        SharedBody::write(self)
    }
}

/// What handlers give: it becomes the body of a reply.
pub trait IntoBody {
    /// Writes this body. Its values may be kept as they are, for a receiver in this process.
    ///
    /// # Errors
    /// As [`Encode::encode`].
    fn into_body(self, body: BodyWriter<'_>) -> Result<()>;
}

/// Writes one body: the ids were given when it was made, the type and the fields follow.
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
    out: &'a mut Vec<u8>,
    msg_id: Option<MsgId>,
    in_reply_to: Option<MsgId>,
    /// Where it is told once the body is written.
    told: Option<&'a mut Option<Told>>,
}

/// What is known of a body that was written.
pub(super) struct Told {
    pub(super) head: Head,
    /// Its fields, if nothing of it was written into the output.
    pub(super) values: Option<Values>,
}

/// The values of fields, under their names.
pub(crate) type Values = Vec<(&'static str, Box<dyn Held>)>;

impl<'a> BodyWriter<'a> {
    /// A writer that appends to `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            msg_id: None,
            in_reply_to: None,
            told: None,
        }
    }

    /// A writer that appends to `out` unless the values of all fields may travel as they are. It
    /// tells them, or else the header if no field is in its way.
    pub(super) fn sharing(out: &'a mut Vec<u8>, told: &'a mut Option<Told>) -> Self {
        Self {
            told: Some(told),
            ..Self::new(out)
        }
    }

    /// Writes a body that has been written before, with the ids that it has.
    pub(super) fn copy(self, body: &str) {
        self.out.extend_from_slice(body.as_bytes());
    }

    /// Makes the body a request that wants a reply.
    #[must_use]
    pub fn msg_id(mut self, id: impl Into<MsgId>) -> Self {
        self.msg_id = Some(id.into());
        self
    }

    /// Makes the body a reply to the request of this id.
    #[must_use]
    pub fn in_reply_to(mut self, id: MsgId) -> Self {
        self.in_reply_to = Some(id);
        self
    }

    /// Begins the body: its type, then the ids.
    pub fn message(self, kind: &'static str) -> Fields<'a> {
        let head = Head {
            kind,
            msg_id: self.msg_id,
            in_reply_to: self.in_reply_to,
        };
        let fields = Fields {
            start: self.out.len(),
            out: self.out,
            sharing: None,
            result: Ok(()),
        };
        match self.told {
            None => fields.begin(&head),
            Some(place) => Fields {
                sharing: Some(Sharing {
                    head,
                    values: Some(Vec::new()),
                    place,
                }),
                ..fields
            },
        }
    }
}

/// A body whose type is given and whose fields are being written.
#[must_use = "a body must be ended"]
pub struct Fields<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    sharing: Option<Sharing<'a>>,
    result: Result<()>,
}

/// A body that is to be told of.
struct Sharing<'a> {
    head: Head,
    /// The fields so far, as long as nothing of the body has been written.
    values: Option<Values>,
    place: &'a mut Option<Told>,
}

impl Fields<'_> {
    /// Writes one field.
    pub fn field(mut self, name: &'static str, value: impl FieldValue) -> Self {
        if HEADER.contains(&name) {
            // Whoever reads the body decides what its header is.
            self = self.written();
            self.sharing = None;
        }
        let values = self.sharing.as_mut().and_then(|it| it.values.as_mut());
        let value = match values {
            None => value,
            Some(values) => match value.hold() {
                Ok(held) => {
                    values.push((name, held));
                    return self;
                }
                Err(value) => value,
            },
        };
        self.written().entry(b',', name, |out| value.write(out))
    }

    /// Writes the fields of a message, which are then all the fields of the body.
    pub fn whole<T: Message>(self, message: T) -> Self {
        self.fields_of(&message)
    }

    /// Writes the fields of a value whose JSON is an object; `()` has none.
    pub(crate) fn fields_of<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let mut fields = self.written();
        if fields.result.is_ok() {
            let start = fields.out.len();
            fields.result = serde_json::to_writer(&mut *fields.out, value)
                .map_err(|error| Error::crash(format!("can't write the body: {error}")))
                .and_then(|()| splice(fields.out, start));
        }
        fields
    }

    /// Ends the body.
    ///
    /// # Errors
    /// Code 13 when a field could not be written; nothing of the body is then left in the output.
    pub fn end(self) -> Result<()> {
        let is_shared = self.sharing.as_ref().is_some_and(|it| it.values.is_some());
        if self.result.is_err() {
            self.out.truncate(self.start);
        } else {
            if !is_shared {
                self.out.push(b'}');
            }
            if let Some(Sharing {
                head,
                values,
                place,
            }) = self.sharing
            {
                *place = Some(Told { head, values });
            }
        }
        self.result
    }

    /// The same, with all that was kept until now written.
    fn written(mut self) -> Self {
        let Some(sharing) = &mut self.sharing else {
            return self;
        };
        let Some(values) = sharing.values.take() else {
            return self;
        };
        let head = sharing.head.clone();
        let write = |fields: Self, (name, value): (&'static str, Box<dyn Held>)| {
            fields.entry(b',', name, |out| value.write(out))
        };
        values.into_iter().fold(self.begin(&head), write)
    }

    fn begin(self, head: &Head) -> Self {
        let mut fields = self.entry(b'{', "type", |out| serde_json::to_writer(out, head.kind));
        for (name, id) in [("msg_id", &head.msg_id), ("in_reply_to", &head.in_reply_to)] {
            if let Some(id) = id {
                fields = fields.entry(b',', name, |out| serde_json::to_writer(out, id));
            }
        }
        fields
    }

    fn entry(
        mut self,
        before: u8,
        name: &str,
        write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>,
    ) -> Self {
        if self.result.is_ok() {
            self.out.push(before);
            let written = serde_json::to_writer(&mut *self.out, name).and_then(|()| {
                self.out.push(b':');
                write(self.out)
            });
            self.result =
                written.map_err(|error| Error::crash(format!("can't write `{name}`: {error}")));
        }
        self
    }
}

/// Makes the fields of the object that begins at `start` fields of the body it stands in.
fn splice(out: &mut Vec<u8>, start: usize) -> Result<()> {
    let keys: Option<BTreeMap<Key, IgnoredAny>> = serde_json::from_slice(&out[start..])
        .map_err(|_| Error::crash("the body of a message must be an object"))?;
    let keys = keys.unwrap_or_default();
    if let Some(name) = HEADER
        .iter()
        .find(|name| keys.contains_key(name.as_bytes()))
    {
        return Err(Error::crash(format!(
            "can't write the body: it has a field `{name}`, which the protocol reserves"
        )));
    }
    if keys.is_empty() {
        out.truncate(start);
    } else {
        out[start] = b',';
        out.pop();
    }
    Ok(())
}

impl Encode for Error {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.message("error")
            .field("code", &self.code.number())
            .field("text", &self.text)
            .end()
    }
}

/// A reply to a request: a body, or an error. It is written once.
pub(crate) struct Reply<R> {
    in_reply_to: MsgId,
    result: Cell<Option<Result<R>>>,
}

impl<R> Reply<R> {
    /// The reply to the request of this id, which says what came of it.
    pub(crate) fn new(in_reply_to: MsgId, result: Result<R>) -> Self {
        let result = Cell::new(Some(result));
        Self {
            in_reply_to,
            result,
        }
    }
}

impl<R: IntoBody> Encode for Reply<R> {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        let body = body.in_reply_to(self.in_reply_to.clone());
        match self.result.take() {
            Some(Ok(reply)) => reply.into_body(body),
            Some(Err(error)) => error.encode(body),
            None => Err(Error::crash("the reply has been written before")),
        }
    }
}

/// Values under their names are the content of a body.
impl Content for Values {
    fn write<'a>(&self, fields: Fields<'a>) -> Result<()> {
        let write = |fields: Fields<'a>, (name, value): &(&'static str, Box<dyn Held>)| {
            fields.entry(b',', name, |out| value.write(out))
        };
        self.iter().fold(fields, write).end()
    }

    fn values(&self) -> Option<&Values> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorCode;

    #[test]
    fn a_value_without_json_form_leaves_nothing_behind() {
        let mut out = b"before".to_vec();
        let keys_are_lists = BTreeMap::from([(vec![1], 2)]);
        let error = BodyWriter::new(&mut out)
            .message("x")
            .field("map", &keys_are_lists)
            .end()
            .unwrap_err();
        assert!(error.text.starts_with("can't write `map`"), "{error}");
        assert_eq!(out, b"before");
    }

    fn whole(value: &impl Serialize) -> (Result<()>, String) {
        let mut out = b"before".to_vec();
        let fields = BodyWriter::new(&mut out).msg_id(4).message("x");
        let result = fields.fields_of(value).end();
        (result, String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_fields_of_an_object_become_those_of_the_body() {
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
    fn a_whole_body_is_an_object_without_reserved_fields() {
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
        assert!(refused(json!([1])).contains("an object"));
        assert!(refused(json!("text")).contains("an object"));
    }
}
