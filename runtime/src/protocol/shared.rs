//! Bodies that are kept, or on their way to somebody in the same process.

use std::any::Any;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use serde_json::value::RawValue;

use super::encode::{Told, Values};
use super::{Body, BodyWriter, Encode, FieldsWriter, MsgId};
use crate::{Error, Result};

/// The header of a body whose sender is in this process.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Head {
    pub(crate) kind: &'static str,
    pub(crate) msg_id: Option<MsgId>,
    pub(crate) in_reply_to: Option<MsgId>,
}

/// The body of a message that is kept. Clones share it, and nothing in it ever changes.
///
/// A body that comes from elsewhere is bytes. One that a node in this process sends may still be the
/// values that its bytes would be written from: they are written once, when somebody asks for them.
///
/// ```
/// use mael::protocol::{RawValue, SharedBody};
///
/// let body = RawValue::from_string(r#"{"type":"read"}"#.to_owned()).unwrap();
/// assert_eq!(SharedBody::from(body).get(), r#"{"type":"read"}"#);
/// ```
#[derive(Clone)]
pub struct SharedBody(Form);

#[derive(Clone)]
enum Form {
    Json(Rc<RawValue>),
    Written(Rc<Written>),
    Typed(Rc<Typed<dyn Content>>),
}

/// A body as bytes, whose header is known.
struct Written {
    head: Head,
    text: String,
}

/// A body as the values of its fields.
struct Typed<C: ?Sized> {
    head: Head,
    text: OnceCell<String>,
    content: C,
}

/// The values of a body's fields.
pub(crate) trait Content: 'static {
    /// Writes the fields.
    ///
    /// # Errors
    /// Never, since all of the values have a form in JSON.
    fn write(&self, fields: FieldsWriter<'_>) -> Result<()>;

    /// Puts a copy of the values into `slot` if they stand under these names and `slot` is an
    /// `Option` of their type.
    fn copy(&self, _names: &[&'static str], _slot: &mut dyn Any) {}

    /// The values under their names, if they are kept one by one.
    fn values(&self) -> Option<&Values> {
        None
    }
}

impl SharedBody {
    /// A body that is written now, unless all of its values may travel as they are.
    ///
    /// # Errors
    /// Code 13 when the body has no form in JSON.
    pub(crate) fn write(body: &(impl Encode + ?Sized)) -> Result<Self> {
        let mut bytes = Vec::new();
        let mut told = None;
        body.encode(BodyWriter::sharing(&mut bytes, &mut told))?;
        let not_json = |error: String| Error::crash(format!("the body is not JSON: {error}"));
        let text = |bytes| String::from_utf8(bytes).map_err(|error| not_json(error.to_string()));
        match told {
            Some(Told { head, values }) => Ok(match values {
                Some(values) => Self::typed(head, values),
                None => Self(Form::Written(Rc::new(Written {
                    head,
                    text: text(bytes)?,
                }))),
            }),
            None => RawValue::from_string(text(bytes)?)
                .map(Self::from)
                .map_err(|error| not_json(error.to_string())),
        }
    }

    /// A body that is not written before somebody asks for its bytes.
    pub(crate) fn typed(head: Head, content: impl Content) -> Self {
        Self(Form::Typed(Rc::new(Typed {
            head,
            text: OnceCell::new(),
            content,
        })))
    }

    /// The body as JSON.
    pub fn get(&self) -> &str {
        match &self.0 {
            Form::Json(json) => json.get(),
            Form::Written(written) => &written.text,
            Form::Typed(typed) => typed.text.get_or_init(|| typed.write()),
        }
    }

    /// The body as a piece of JSON that can be written into another.
    pub fn json(&self) -> &RawValue {
        match &self.0 {
            Form::Json(json) => json,
            _ => serde_json::from_str(self.get()).expect("a body that was written is JSON"),
        }
    }

    /// This body as nothing but its bytes, as it would be had it come from another process.
    #[must_use]
    pub fn to_bytes(&self) -> Self {
        match &self.0 {
            Form::Json(json) => Self(Form::Json(Rc::clone(json))),
            _ => Self::from(self.json().to_owned()),
        }
    }

    /// The body, to be read.
    pub fn as_body(&self) -> Body<'_> {
        Body::shared(self)
    }

    /// The header, if it is known without reading.
    pub(super) fn head(&self) -> Option<&Head> {
        match &self.0 {
            Form::Json(_) => None,
            Form::Written(written) => Some(&written.head),
            Form::Typed(typed) => Some(&typed.head),
        }
    }

    /// The values of exactly these fields, in whatever order they stand, if the body is made of values
    /// that are kept one by one.
    pub(super) fn held<const N: usize>(&self, names: [&str; N]) -> Option<[&dyn Any; N]> {
        let Form::Typed(typed) = &self.0 else {
            return None;
        };
        let values = typed.content.values().filter(|values| values.len() == N)?;
        let mut held: [&dyn Any; N] = [&(); N];
        for (slot, name) in held.iter_mut().zip(names) {
            let (_, value) = values.iter().find(|(other, _)| *other == name)?;
            *slot = &**value;
        }
        Some(held)
    }

    /// The values of the fields of these names, if that is what the body is made of.
    pub(super) fn values<T: 'static>(&self, names: &[&'static str]) -> Option<T> {
        let Form::Typed(typed) = &self.0 else {
            return None;
        };
        let mut slot = None::<T>;
        typed.content.copy(names, &mut slot);
        slot
    }
}

impl Typed<dyn Content> {
    fn write(&self) -> String {
        let Head {
            kind,
            msg_id,
            in_reply_to,
        } = self.head.clone();
        let mut bytes = Vec::with_capacity(64);
        let mut body = BodyWriter::new(&mut bytes);
        if let Some(id) = msg_id {
            body = body.msg_id(id);
        }
        if let Some(id) = in_reply_to {
            body = body.in_reply_to(id);
        }
        let written = self.content.write(body.message(kind));
        written.expect("values that travel typed have a form in JSON");
        String::from_utf8(bytes).expect("JSON is text")
    }
}

impl Encode for SharedBody {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.copy(self.get());
        Ok(())
    }

    fn share(&self) -> Result<SharedBody> {
        Ok(self.clone())
    }
}

impl From<Box<RawValue>> for SharedBody {
    fn from(json: Box<RawValue>) -> Self {
        Self(Form::Json(json.into()))
    }
}

impl fmt::Debug for SharedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Named;
    use crate::protocol::{IntoBody, Reply};

    #[test]
    fn values_are_copied_and_written_only_for_whoever_wants_bytes() {
        let head = Head {
            kind: "add",
            msg_id: Some(MsgId::from(3)),
            in_reply_to: None,
        };
        let shared = SharedBody::typed(head, Named(&["delta"], (7u64,)));
        let Form::Typed(typed) = &shared.0 else {
            panic!("it is typed");
        };
        let body = shared.as_body();
        assert_eq!(body.header().unwrap().kind.as_deref(), Some("add"));
        assert_eq!(body.values(["delta"]), Ok((7u64,)));
        assert!(typed.text.get().is_none());
        assert_eq!(body.values(["delta"]), Ok((Some(7i8),)));
        assert_eq!(body.values(["other"]), Ok((None::<u64>,)));
        assert_eq!(shared.get(), r#"{"type":"add","msg_id":3,"delta":7}"#);
        assert_eq!(shared.to_bytes().get(), shared.get());
    }

    /// Replies as the macros write them: with values that may travel as they are, and with others.
    struct Reading(Vec<u64>, bool);

    impl IntoBody for Reading {
        fn into_body(self, body: BodyWriter<'_>) -> Result<()> {
            let Self(values, half) = self;
            match half {
                false => crate::reply!(body, "read_ok", "values" = values),
                true => crate::reply!(body, "read_ok", "values" = values, "half" = 0.5),
            }
        }
    }

    #[test]
    fn a_reply_is_written_only_if_it_must_be() {
        let reply = |half| Reply::new(MsgId::from(4), Ok(Reading(vec![1, 2], half))).share();
        let typed = reply(false).unwrap();
        let body = typed.as_body();
        let [values] = body.held(["values"]).unwrap();
        assert_eq!(values.downcast_ref(), Some(&vec![1u64, 2]));
        assert!(body.held(["other"]).is_none() && body.held(["values", "half"]).is_none());
        let text = r#"{"type":"read_ok","in_reply_to":4,"values":[1,2]}"#;
        assert_eq!((typed.get(), typed.to_bytes().get()), (text, text));
        assert!(typed.to_bytes().as_body().held(["values"]).is_none());

        let written = reply(true).unwrap();
        assert!(written.as_body().held(["values", "half"]).is_none());
        assert_eq!(written.head().unwrap().kind, "read_ok");
        let text = r#"{"type":"read_ok","in_reply_to":4,"values":[1,2],"half":0.5}"#;
        assert_eq!(written.get(), text);
        assert_eq!(written.share().unwrap().get(), text);
    }

    /// Writes a reply, and something that changes its header.
    struct Odd(bool);

    impl Encode for Odd {
        fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
            let body = body.in_reply_to(MsgId::from(1)).message("odd_ok");
            match self.0 {
                true => body.field("in_reply_to", &2).end(),
                false => body.field("value", &2).end(),
            }
        }
    }

    #[test]
    fn a_header_is_known_unless_a_field_changes_it() {
        for (odd, known, in_reply_to) in [(false, true, 1), (true, false, 2)] {
            let shared = SharedBody::write(&Odd(odd)).unwrap();
            assert_eq!(shared.head().is_some(), known);
            for body in [&shared, &shared.to_bytes()] {
                let header = body.as_body().header().unwrap();
                assert_eq!(header.in_reply_to, Some(MsgId::from(in_reply_to)));
            }
        }
    }
}
