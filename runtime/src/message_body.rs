//! Types that are whole bodies.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type whose fields are the fields of a body. `#[mael::message]` makes a struct one.
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
    message = "`{Self}` is no message, so it can't be a whole body",
    label = "neither a named field nor a message",
    note = "if it is a `Result` under another name, write `#[handler(fallible)]`",
    note = "to make a reply a field, name it with `reply = \"...\"`, or a tuple with `reply(\"...\", \"...\")`",
    note = "to make a parameter a field, leave out `#[body]`",
    note = "to make a struct a whole body, mark it with `#[mael::message]`"
)]
pub trait MessageBody: Serialize + DeserializeOwned {}

/// A body without fields.
#[diagnostic::do_not_recommend]
impl MessageBody for () {}
