//! What crosses the wire: envelopes, bodies, their fields.
//!
//! The road of a message in: [`Packet::parse`] reads the envelope of a line and leaves the body
//! as bytes; [`Body::header`] finds its type and ids; [`Body::fields`] reads just the fields that
//! a handler asks for. The road out: [`BodyWriter`] writes a body straight into the output.

mod body;
mod encode;
mod fields;
mod lossless;
mod maybe;
mod misfit;
mod msg_id;
mod packet;
mod shared;
mod text;
mod value;

pub use body::{Body, Header};
pub use encode::{BodyWriter, Encode, Fields as FieldsWriter, Reply};
pub use fields::Fields;
pub use lossless::Lossless;
pub use maybe::Maybe;
pub use msg_id::MsgId;
pub(crate) use packet::excerpt;
pub use packet::{Malformed, Message, Packet};
pub use serde_json::value::RawValue;
pub(crate) use shared::Content;
#[doc(hidden)]
pub use shared::Head;
pub use shared::SharedBody;
pub use text::Text;
pub use value::{Readable, Writable};
