//! Bodies that were sent in this process: the header, and the captured fields.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::MsgId;
use super::captured::Captured;

/// A body that was sent in this process.
pub(super) struct Sent {
    pub(super) header: SentHeader,
    /// None if they can't be captured.
    pub(super) fields: Option<Vec<(&'static str, Captured)>>,
}

/// The header of a body that was sent in this process.
#[derive(Clone)]
pub(super) struct SentHeader {
    pub(super) msg_type: &'static str,
    pub(super) msg_id: Option<MsgId>,
    pub(super) in_reply_to: Option<MsgId>,
}

/// Serializes captured fields in the same order as [`BodyWriter`].
impl Serialize for Sent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SentHeader {
            msg_type,
            msg_id,
            in_reply_to,
        } = &self.header;
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("type", msg_type)?;
        for (name, id) in [("msg_id", msg_id), ("in_reply_to", in_reply_to)] {
            if let Some(id) = id {
                body.serialize_entry(name, id)?;
            }
        }
        for (name, value) in self.fields.iter().flatten() {
            body.serialize_entry(name, value)?;
        }
        body.end()
    }
}
