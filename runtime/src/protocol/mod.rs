//! What crosses the wire: envelopes, bodies, their fields.
//!
//! The road of a message in: [`Packet::parse`] reads the envelope of a line and leaves the body as
//! bytes; [`Body::header`] finds its type and ids; [`Body::fields`] reads just the fields that a
//! handler asks for. The road out: [`BodyWriter`] writes a body straight into the output, or
//! captures it for a receiver in the same process.

mod body;
mod captured;
mod decode_error;
mod defaulted_field;
mod encode;
mod fields;
mod msg_id;
mod name;
mod packet;
mod payload;
mod reply_field;
mod shared;
mod text;
mod value;

pub use body::{Body, Header};
pub(crate) use decode_error::read_json;
pub use defaulted_field::DefaultedField;
pub(crate) use encode::Reply;
pub use encode::{BodyWriter, Encode, FieldsWriter};
pub use fields::Fields;
pub use msg_id::MsgId;
pub use name::Name;
pub(crate) use packet::excerpt;
pub use packet::{Malformed, Message, Packet};
#[doc(hidden)]
pub use reply_field::{NoResult, ReplyField};
pub use serde_json::value::RawValue;
pub use shared::SharedBody;
pub use text::Text;
pub use value::{Readable, Writable};
