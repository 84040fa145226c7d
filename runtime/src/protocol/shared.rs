//! Owned bodies, which can be sent within the process without being serialized.

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use serde_json::value::{RawValue, to_raw_value};

use super::Fields;
use super::captured::object;
use super::fields::{Unknown, read_object};
use super::sent::{Sent, SentHeader};
use crate::Result;

/// An owned, immutable message body. Clones share it.
///
/// A body from another process consists of JSON. A body that was sent in this process consists of
/// its header and captured fields, unless a field can't be captured; it is serialized to JSON on
/// demand, at most once.
///
/// ```
/// use mael::protocol::{RawValue, SharedBody};
///
/// let body = RawValue::from_string(r#"{"type":"read"}"#.to_owned()).unwrap();
/// assert_eq!(SharedBody::from(body).get(), r#"{"type":"read"}"#);
/// ```
#[derive(Clone)]
pub struct SharedBody(Rc<Shared>);

struct Shared {
    sent: Option<Sent>,
    /// Set from the start unless the fields were captured.
    json: OnceCell<Box<RawValue>>,
}

impl SharedBody {
    /// Creates a body that was sent in this process. It needs `json` unless its fields were
    /// captured.
    pub(super) fn new(
        sent: Option<Sent>,
        json: impl FnOnce() -> Result<Box<RawValue>>,
    ) -> Result<Self> {
        let is_captured = sent.as_ref().is_some_and(|sent| sent.fields.is_some());
        let json = if is_captured {
            OnceCell::new()
        } else {
            json()?.into()
        };
        Ok(Self(Rc::new(Shared { sent, json })))
    }

    /// Returns the body as JSON.
    pub fn get(&self) -> &str {
        self.json().get()
    }

    /// Returns the body as raw JSON.
    pub fn json(&self) -> &RawValue {
        self.0.json.get_or_init(|| {
            let json = self.0.sent.as_ref().map(to_raw_value).transpose();
            let json = json.expect("captured fields can be serialized");
            json.expect("a body has JSON or captured fields")
        })
    }

    /// Returns a copy of this body that consists of JSON, as if it came from another process.
    #[must_use]
    pub fn to_bytes(&self) -> Self {
        self.json().to_owned().into()
    }

    /// Returns the header, if it is known without parsing.
    pub(super) fn header(&self) -> Option<&SentHeader> {
        self.0.sent.as_ref().map(|sent| &sent.header)
    }

    /// Deserializes fields from captured ones. Returns None if they must be deserialized from JSON.
    pub(super) fn captured<'a, T: Fields<'a>>(
        &'a self,
        names: &[&'static str],
        unknown: Unknown,
    ) -> Option<T> {
        let fields = self.0.sent.as_ref()?.fields.as_ref()?;
        read_object(object(fields), names, unknown).ok()
    }
}

impl From<Box<RawValue>> for SharedBody {
    fn from(json: Box<RawValue>) -> Self {
        Self(Rc::new(Shared {
            sent: None,
            json: json.into(),
        }))
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
    use crate::protocol::{BodyWriter, Encode, MsgId, Reply};

    /// A reply as the macros generate it. With a fraction, it can't be captured.
    struct Reading(Vec<u64>, bool);

    impl Encode for Reading {
        fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
            let Self(values, half) = self;
            if *half {
                crate::reply!(body, "read_ok", "values" = values, "half" = &0.5)
            } else {
                crate::reply!(body, "read_ok", "values" = values)
            }
        }
    }

    fn reply(half: bool) -> SharedBody {
        let reply = Reply::new(MsgId::from(4), Ok(Reading(vec![1, 2], half)));
        reply.share().unwrap()
    }

    #[test]
    fn a_captured_body_is_read_without_being_serialized() {
        let shared = reply(false);
        let body = shared.as_body();
        assert_eq!(body.header().unwrap().msg_type.as_deref(), Some("read_ok"));
        assert_eq!(body.header().unwrap().in_reply_to, Some(MsgId::from(4)));
        assert_eq!(body.fields(["values"]), Ok((vec![1u64, 2],)));
        assert_eq!(body.fields(["other"]), Ok((None::<u64>,)));
        assert_eq!(body.exact_fields(["values"]), Ok(([1i8, 2],)));
        assert!(shared.0.json.get().is_none());

        let text = r#"{"type":"read_ok","in_reply_to":4,"values":[1,2]}"#;
        assert_eq!((shared.get(), shared.to_bytes().get()), (text, text));
    }

    #[test]
    fn fields_that_are_not_captured_are_read_from_json() {
        let shared = reply(false);
        for body in [&shared, &shared.to_bytes()].map(SharedBody::as_body) {
            assert_eq!(body.fields(["type"]), Ok(("read_ok".to_owned(),)));
            let (raw,): (&RawValue,) = body.fields(["values"]).unwrap();
            assert_eq!(raw.get(), "[1,2]");
            let error = body.fields::<(Vec<bool>,), 1>(["values"]).unwrap_err();
            assert!(
                error.text.starts_with("`values[0]`: invalid type"),
                "{error}"
            );
            let error = body.exact_fields::<(), 0>([]).unwrap_err();
            assert!(error.text.contains("`values` is not a field"), "{error}");
        }
    }

    #[test]
    fn a_body_that_cannot_be_captured_is_serialized_at_once() {
        let shared = reply(true);
        assert!(shared.0.json.get().is_some());
        assert_eq!(shared.header().unwrap().msg_type, "read_ok");
        let text = r#"{"type":"read_ok","in_reply_to":4,"values":[1,2],"half":0.5}"#;
        assert_eq!(shared.get(), text);
        assert_eq!(shared.share().unwrap().get(), text);
    }

    /// A reply. If true, a field overrides the header.
    struct Odd(bool);

    impl Encode for Odd {
        fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
            let body = body.in_reply_to(MsgId::from(1)).message("odd_ok");
            let name = if self.0 { "in_reply_to" } else { "value" };
            body.field(name, &2).end()
        }
    }

    #[test]
    fn the_header_is_known_unless_a_field_overrides_it() {
        for (odd, known, in_reply_to) in [(false, true, 1), (true, false, 2)] {
            let shared = Odd(odd).share().unwrap();
            assert_eq!(shared.header().is_some(), known);
            for body in [&shared, &shared.to_bytes()] {
                let header = body.as_body().header().unwrap();
                assert_eq!(header.in_reply_to, Some(MsgId::from(in_reply_to)));
            }
        }
    }
}
