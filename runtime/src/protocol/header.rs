//! The header of a message: the fields that every body may have.

use std::borrow::Cow;

use super::MsgId;

/// The keys of the header, which the protocol reserves.
pub(super) const HEADER: [&str; 3] = ["type", "msg_id", "in_reply_to"];

/// The header of a body: the fields that the protocol defines for every message.
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
    /// The message type; None if it is missing or not a string.
    pub msg_type: Option<Cow<'a, str>>,
    /// The ID of a request, which the reply must repeat.
    pub msg_id: Option<MsgId>,
    /// The ID of the request that this replies to; None also if it is not an integer.
    pub in_reply_to: Option<MsgId>,
    pub(super) is_reply: bool,
}

impl Header<'_> {
    /// Whether this is a reply to a request. A null `in_reply_to` counts as missing.
    pub fn is_reply(&self) -> bool {
        self.is_reply
    }
}
