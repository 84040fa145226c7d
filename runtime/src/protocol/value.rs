//! What the value of a field can be. These are serde's traits under names of our own, since serde's
//! texts advise derives, which a crate that does not depend on serde can't write.

use serde::{Deserialize, Serialize};

/// A type that can be read from a field: any that implements serde's `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from a message",
    label = "is, or holds, a type that can't be read",
    note = "mark each struct and enum of your own in it with `#[mael::message]`",
    note = "a type of another crate must implement `serde::Deserialize`; that crate may have a feature for it"
)]
pub trait Readable<'de>: Deserialize<'de> {}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de>> Readable<'de> for T {}

/// A type that can be written as a field: any that implements serde's `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be written into a message",
    label = "is, or holds, a type that can't be written",
    note = "if it is a `Result` under another name, write `#[handler(fallible)]`",
    note = "mark each struct and enum of your own in it with `#[mael::message]`",
    note = "a type of another crate must implement `serde::Serialize`; that crate may have a feature for it"
)]
pub trait Writable: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Writable for T {}
