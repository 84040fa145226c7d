//! What may be a field of a reply: any value that can be written, but no `Result`.

use serde::Serialize;

/// Writes the body of a reply of this type with these fields.
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

/// The value of a field of a reply.
#[doc(hidden)]
pub struct ReplyField<'a, T>(pub &'a T);

/// A value that may be a field of a reply, which a `Result` may not.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `Result` can't be a field of a reply",
    label = "a `Result` under another name",
    note = "write `#[handler(fallible)]`, so that an `Err` is sent as an `error` body",
    note = "to send the `Result` itself, make it a field of a type marked with `#[mael::message]`"
)]
pub trait Allowed {}

impl<T, E: Serialize> ReplyField<'_, Result<T, E>> {
    /// Refuses a `Result`, which serde would write as `{"Ok": ...}`: nobody means that who names a
    /// return type by an alias. For any other type the same name means [`NoResult::check`].
    pub fn check(self)
    where
        Result<T, E>: Allowed,
    {
    }
}

/// The value of a field of a reply, of any type but `Result`.
#[doc(hidden)]
pub trait NoResult: Sized {
    /// Does nothing.
    fn check(self) {}
}

impl<T> NoResult for ReplyField<'_, T> {}
