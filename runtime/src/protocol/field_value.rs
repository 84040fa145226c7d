//! The value of a field that is being written: bytes, or the value itself.

use std::any::Any;

use serde::Serialize;

use super::Lossless;
use super::value::Writable;

/// What a field of a body can be written from: a reference to any value that can be written. (In a
/// reply it may also be the value itself.)
pub trait FieldValue: Sized {
    #[doc(hidden)]
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()>;

    /// The value itself if it may travel as it is; otherwise it is given back.
    #[doc(hidden)]
    fn hold(self) -> Result<Box<dyn Held>, Self> {
        Err(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Writable + ?Sized> FieldValue for &T {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, self)
    }
}

/// Writes the body of a reply of this type with these fields. Their values travel as they are to
/// somebody in the same process if all of them are [`Lossless`].
#[doc(hidden)]
#[macro_export]
macro_rules! reply {
    ($body:expr, $kind:expr $(, $name:literal = $value:expr)*) => {{
        #[allow(unused_imports)]
        use $crate::protocol::Untyped as _;
        $body.message($kind)$(.field($name, $crate::protocol::owned($value).__typed()))*.end()
    }};
}

/// A value that can be written, and travels as it is if it is [`Lossless`].
#[doc(hidden)]
pub struct Owned<T> {
    value: T,
    write: fn(&T, &mut Vec<u8>) -> serde_json::Result<()>,
}

/// The value of a field of a reply.
#[doc(hidden)]
pub fn owned<T: Writable>(value: T) -> Owned<T> {
    Owned {
        value,
        write: |value, out| serde_json::to_writer(out, value),
    }
}

/// A value that travels as it is.
#[doc(hidden)]
pub struct Kept<T>(T);

impl<T: Lossless> Owned<T> {
    /// The value, to travel as it is. For one that is not lossless the same name means
    /// [`Untyped::__typed`].
    pub fn __typed(self) -> Kept<T> {
        Kept(self.value)
    }
}

/// A value that may be a field of a reply, which a `Result` may not.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `Result` can't be a field of a reply",
    label = "a `Result` under another name",
    note = "write `#[handler(fallible)]`, so that an `Err` is sent as an `error` body",
    note = "to send the `Result` itself, make it a field of a type marked with `#[mael::message]`"
)]
pub trait ReplyField {}

impl<T, E: Serialize> Owned<Result<T, E>> {
    /// Refuses a `Result`, which serde would write as `{"Ok": ...}`: nobody means that who names a
    /// return type by an alias.
    pub fn __typed(self) -> Self
    where
        Result<T, E>: ReplyField,
    {
        self
    }
}

/// A value that travels as bytes, wherever to.
#[doc(hidden)]
pub trait Untyped: Sized {
    /// The same value.
    fn __typed(self) -> Self {
        self
    }
}

impl<T> Untyped for Owned<T> {}

impl<T> FieldValue for Owned<T> {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        (self.write)(&self.value, out)
    }
}

impl<T: Lossless> FieldValue for Kept<T> {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, &self.0)
    }

    fn hold(self) -> Result<Box<dyn Held>, Self> {
        Ok(Box::new(self.0))
    }
}

/// A lossless value of a body that has not been written.
pub trait Held: Any {
    #[doc(hidden)]
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()>;
}

impl<T: Lossless> Held for T {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, self)
    }
}
