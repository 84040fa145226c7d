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
/// fn is_a_body<T: mael::Message>() {}
/// is_a_body::<Entry>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a whole body",
    label = "neither a named field nor a message",
    note = "name the reply's field with `reply = \"...\"`, or mark the type with `#[mael::message]`"
)]
pub trait Message: Serialize + DeserializeOwned {}
