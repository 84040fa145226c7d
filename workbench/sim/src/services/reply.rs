//! The replies of services.

use mael::Error;
use mael::protocol::{BodyWriter, RawValue, SharedBody};
use mael_history::Value;

/// A reply of a service.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `read_ok`: the value.
    Read(Value),
    /// `write_ok`.
    Write,
    /// `cas_ok`.
    Cas,
    /// `ts_ok`: the timestamp.
    Timestamp(u64),
    /// `error`.
    Error(Error),
}

impl Reply {
    fn kind(&self) -> &'static str {
        match self {
            Self::Read(_) => "read_ok",
            Self::Write => "write_ok",
            Self::Cas => "cas_ok",
            Self::Timestamp(_) => "ts_ok",
            Self::Error(_) => "error",
        }
    }

    /// Returns the body of this reply to the request with this id. Without an id, `in_reply_to` is
    /// null.
    pub(crate) fn body(&self, in_reply_to: Option<&RawValue>) -> SharedBody {
        let mut out = Vec::new();
        let reply = BodyWriter::new(&mut out).message(self.kind());
        let reply = reply.field("in_reply_to", &in_reply_to);
        let reply = match self {
            Self::Read(value) => reply.field("value", value),
            Self::Write | Self::Cas => reply,
            Self::Timestamp(timestamp) => reply.field("ts", timestamp),
            Self::Error(error) => reply
                .field("code", &error.code.number())
                .field("text", &error.text),
        };
        reply.end().expect("JSON values can be serialized");
        let text = String::from_utf8(out).expect("JSON is valid UTF-8");
        RawValue::from_string(text)
            .expect("a body is valid JSON")
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_repeat_the_id_verbatim() {
        let id = RawValue::from_string("123456789012345678901234567890123456789012".to_owned());
        let body = Reply::Timestamp(3).body(Some(&id.unwrap()));
        let text =
            r#"{"type":"ts_ok","in_reply_to":123456789012345678901234567890123456789012,"ts":3}"#;
        assert_eq!(body.get(), text);
        let text = r#"{"type":"read_ok","in_reply_to":null,"value":null}"#;
        assert_eq!(Reply::Read(Value::Nil).body(None).get(), text);
    }
}
