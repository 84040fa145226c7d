//! The requests that clients send to nodes, declared once: for the client, and for the reader.

use mael::Error;
use mael::wire::Encode;
use serde_json::value::RawValue;

/// A request with its reply.
///
/// Declare one with [`rpc!`](crate::rpc).
pub trait Rpc: Encode {
    /// What the request is for.
    const DOC: &'static str;
    /// The request's type.
    const TYPE: &'static str;
    /// The names of the request's fields.
    const FIELDS: &'static [&'static str];
    /// The reply's type.
    const REPLY_TYPE: &'static str;
    /// The names of the reply's fields; it may have no others.
    const REPLY_FIELDS: &'static [&'static str];
    /// The reply.
    type Reply;

    /// Reads the fields of a reply, whose type has been looked at.
    ///
    /// # Errors
    /// When a field is missing, has another type, or is one too many.
    fn read_reply(body: &RawValue) -> Result<Self::Reply, Error>;
}

/// Reads the reply to a request of type `R`, in the closed form that clients accept.
pub(super) fn read_reply<R: Rpc>(body: &RawValue, kind: Option<&str>) -> Result<R::Reply, String> {
    match kind {
        Some(kind) if kind == R::REPLY_TYPE => R::read_reply(body).map_err(|error| error.text),
        Some(kind) => Err(format!("its type is {kind:?}, not {:?}", R::REPLY_TYPE)),
        None => Err(format!("it has no type; it should be {:?}", R::REPLY_TYPE)),
    }
}

/// Declares a request and its reply as two structs, with their form on the wire.
///
/// ```
/// mael_workbench::rpc! {
///     /// Adds a number to the counter.
///     pub struct Add = "add" { delta: i64 } => AddOk = "add_ok" {}
/// }
/// use mael_workbench::engine::Rpc;
/// assert_eq!((Add::TYPE, Add::FIELDS), ("add", ["delta"].as_slice()));
/// ```
#[macro_export]
macro_rules! rpc {
    ($(
        #[doc = $doc:literal]
        $visibility:vis struct $Request:ident = $kind:literal { $($field:ident: $Type:ty),* }
            => $Reply:ident = $reply_kind:literal { $($reply_field:ident: $ReplyType:ty),* }
    )*) => {$(
        #[doc = $doc]
        #[derive(Clone, Debug)]
        $visibility struct $Request {
            $(#[doc = concat!("The field `", stringify!($field), "`.")] pub $field: $Type,)*
        }

        #[doc = concat!("The reply to `", $kind, "`.")]
        #[derive(Clone, Debug)]
        $visibility struct $Reply {
            $(#[doc = concat!("The field `", stringify!($reply_field), "`.")]
            pub $reply_field: $ReplyType,)*
        }

        impl ::mael::wire::Encode for $Request {
            fn encode(&self, body: ::mael::wire::BodyWriter<'_>) -> ::mael::Result<()> {
                body.message($kind)$(.field(stringify!($field), &self.$field))*.end()
            }
        }

        impl $crate::engine::Rpc for $Request {
            const DOC: &'static str = $doc;
            const TYPE: &'static str = $kind;
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
            const REPLY_TYPE: &'static str = $reply_kind;
            const REPLY_FIELDS: &'static [&'static str] = &[$(stringify!($reply_field)),*];
            type Reply = $Reply;

            fn read_reply(
                body: &::mael::wire::RawValue,
            ) -> ::mael::Result<Self::Reply> {
                let ($($reply_field,)*) = ::mael::wire::Body(body)
                    .exact_fields([$(stringify!($reply_field)),*])?;
                Ok($Reply { $($reply_field),* })
            }
        }
    )*};
}
