//! Types that can be the whole body of a message.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type that can be the whole body of a message: its fields are the fields of the body. Derive it
/// with `#[mael::message]`.
///
/// ```
/// #[mael::message]
/// struct Entry {
///     key: String,
///     value: u64,
/// }
///
/// fn is_a_body<T: mael::MessageBody>() {}
/// is_a_body::<Entry>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a message body",
    label = "neither a named field nor a message body",
    note = "to reply with a field, name it with `reply = \"...\"`, or those of a tuple with `reply(\"...\", \"...\")`",
    note = "to read a parameter from a field, remove `#[body]`",
    note = "to use a struct as the whole body, mark it with `#[mael::message]`",
    note = "if this is an alias of `Result`, write `#[handler(fallible)]`"
)]
pub trait MessageBody: Serialize + DeserializeOwned {}

/// A body without fields.
#[diagnostic::do_not_recommend]
impl MessageBody for () {}
