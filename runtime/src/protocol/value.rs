//! Aliases of serde's traits for the values of fields. The error messages of serde's traits suggest
//! its derives, which are not available in a crate that doesn't depend on serde.

use serde::{Deserialize, Serialize};

/// A type that can be read from a field: any type that implements serde's `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from a message",
    label = "is, or contains, a type that can't be deserialized",
    note = "mark each struct and enum of your own in it with `#[mael::message]`",
    note = "a type of another crate must implement `serde::Deserialize`; that crate may have a feature for it"
)]
pub trait Readable<'de>: Deserialize<'de> {}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de>> Readable<'de> for T {}

/// A type that can be written as a field: any type that implements serde's `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be written into a message",
    label = "is, or contains, a type that can't be serialized",
    note = "if this is an alias of `Result`, write `#[handler(fallible)]`",
    note = "mark each struct and enum of your own in it with `#[mael::message]`",
    note = "a type of another crate must implement `serde::Serialize`; that crate may have a feature for it"
)]
pub trait Writable: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Writable for T {}
