//! The messages of the Maelstrom protocol: envelopes, bodies and fields.
//!
//! An incoming message is parsed in steps: [`Packet::parse`] parses the envelope of a line,
//! [`Body::header`] the message type and IDs, and [`Body::fields`] only the fields that a handler
//! uses. For an outgoing message, [`BodyWriter`] serializes a body directly into the output, or
//! captures it for a receiver in the same process.

mod body;
mod captured;
mod decode_error;
mod defaulted_field;
mod encode;
mod fields;
mod header;
mod json;
mod msg_id;
mod name;
mod packet;
mod payload;
mod reply_field;
mod sent;
mod shared;
mod text;
mod value;
mod writer;

pub use body::Body;
pub(crate) use decode_error::read_json;
pub use defaulted_field::DefaultedField;
pub use encode::Encode;
pub(crate) use encode::Reply;
pub use fields::Fields;
pub use header::Header;
pub(crate) use json::excerpt;
pub use msg_id::MsgId;
pub use name::Name;
pub use packet::{Malformed, Message, Packet};
#[doc(hidden)]
pub use reply_field::{NoResult, ReplyField};
pub use serde_json::value::RawValue;
pub use shared::SharedBody;
pub use text::Text;
pub use value::{Readable, Writable};
pub use writer::{BodyWriter, FieldsWriter};
