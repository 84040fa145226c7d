//! What crosses the wire: envelopes, bodies, their fields.
//!
//! The road of a message in: [`Packet::parse`] reads the envelope of a line and leaves the body
//! as bytes; [`Body::header`] finds its type and ids; [`Body::fields`] reads just the fields that
//! a handler asks for. The road out: [`BodyWriter`] writes a body straight into the output, or keeps
//! its values for a receiver in the same process.

mod body;
mod encode;
mod field_value;
mod fields;
mod lossless;
mod maybe;
mod misfit;
mod msg_id;
mod name;
mod packet;
mod shared;
mod text;
mod value;
mod whole;

pub use body::{Body, Header};
pub(crate) use encode::Reply;
pub use encode::{BodyWriter, Encode, Fields as FieldsWriter, IntoBody};
pub use field_value::FieldValue;
#[doc(hidden)]
pub use field_value::{Untyped, owned};
pub use fields::Fields;
pub use lossless::Lossless;
pub use maybe::Maybe;
pub(crate) use misfit::read_json;
pub use msg_id::MsgId;
pub use name::Name;
pub(crate) use packet::excerpt;
pub use packet::{Malformed, Message, Packet};
pub use serde_json::value::RawValue;
pub(crate) use shared::Content;
#[doc(hidden)]
pub use shared::Head;
pub use shared::SharedBody;
pub use text::Text;
pub use value::{Readable, Writable};
