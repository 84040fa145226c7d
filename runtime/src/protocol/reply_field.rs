//! Rejects `Result`s as fields of replies.

use serde::Serialize;

/// Writes the body of a reply with this message type and these fields.
#[doc(hidden)]
#[macro_export]
macro_rules! reply {
    ($body:expr, $msg_type:expr $(, $name:literal = $value:expr)*) => {{
        #[allow(unused_imports)]
        use $crate::protocol::NoResult as _;
        $($crate::protocol::ReplyField($value).check();)*
        $body.message($msg_type)$(.field($name, $value))*.end()
    }};
}

/// The value of a reply field.
#[doc(hidden)]
pub struct ReplyField<'a, T>(pub &'a T);

/// Never implemented, so that [`ReplyField::check`] of a `Result` does not compile.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `Result` can't be a field of a reply",
    label = "an alias of `Result`",
    note = "write `#[handler(fallible)]`, so that an `Err` is sent as an `error` body",
    note = "to send the `Result` itself, make it a field of a type marked with `#[mael::message]`"
)]
pub trait Allowed {}

impl<T, E: Serialize> ReplyField<'_, Result<T, E>> {
    /// Rejects a `Result`, which serde would write as `{"Ok": ...}`. That is never what a handler
    /// whose return type is an alias of `Result` is meant to send. For any other type, method
    /// resolution finds [`NoResult::check`].
    pub fn check(self)
    where
        Result<T, E>: Allowed,
    {
    }
}

/// A value of any type but `Result`.
#[doc(hidden)]
pub trait NoResult: Sized {
    /// Does nothing.
    fn check(self) {}
}

impl<T> NoResult for ReplyField<'_, T> {}
