//! Declares the requests that clients send to nodes, for clients and for the documentation.

use std::collections::BTreeMap;

use mael::protocol::{Body, Encode};
use mael::{Error, NodeId};

use mael_history::{Integer, Value};

/// A request and its reply.
///
/// Declare one with [`rpc!`](crate::rpc).
pub trait Rpc: Encode {
    /// The message type of the request.
    const TYPE: &'static str;
    /// The message type of the reply.
    const REPLY_TYPE: &'static str;
    /// The type of the reply.
    type Reply;

    /// Returns the documentation of the request, and the fields of both bodies.
    fn describe() -> RpcDescription;

    /// Reads the fields of a reply, whose message type has been checked.
    ///
    /// # Errors
    /// Returns an error if a field is missing, unknown or of another type.
    fn read_reply(body: Body<'_>) -> Result<Self::Reply, Error>;
}

/// The documentation of a request and its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcDescription {
    /// The purpose of the request.
    pub doc: &'static str,
    /// The request.
    pub request: BodyDescription,
    /// The reply, which must not have any other fields.
    pub reply: BodyDescription,
}

/// The documentation of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyDescription {
    /// The message type.
    pub r#type: &'static str,
    /// The names of the fields, and the form of their values.
    pub fields: Vec<(&'static str, String)>,
}

/// A type that a field of a request or reply can have.
pub trait Described: Sized {
    /// Returns the JSON form of its values, such as `[string, ...]`.
    fn describe() -> String;
}

macro_rules! described {
    ($($Type:ty => $text:literal),* $(,)?) => {
        $(impl Described for $Type {
            fn describe() -> String {
                $text.to_owned()
            }
        })*
    };
}

described! {
    Value => "any",
    &str => "string",
    String => "string",
    NodeId => "string",
    bool => "boolean",
    i32 => "integer",
    i64 => "integer",
    i128 => "integer",
    Integer => "integer",
    u32 => "integer",
    u64 => "integer",
    f64 => "number",
}

impl<T: Described> Described for Option<T> {
    fn describe() -> String {
        format!("{} or null", T::describe())
    }
}

impl<T: Described> Described for Vec<T> {
    fn describe() -> String {
        format!("[{}, ...]", T::describe())
    }
}

impl<A: Described, B: Described> Described for (A, B) {
    fn describe() -> String {
        format!("[{}, {}]", A::describe(), B::describe())
    }
}

impl<K: Described, V: Described> Described for BTreeMap<K, V> {
    fn describe() -> String {
        format!("{{{}: {}, ...}}", K::describe(), V::describe())
    }
}

/// Declares a request and its reply as two structs, with their wire format.
///
/// ```
/// mael_sim::rpc! {
///     /// Adds a number to the counter.
///     pub struct Add = "add" { delta: i64 } => AddOk = "add_ok" {}
/// }
/// use mael_sim::engine::Rpc;
/// assert_eq!(Add::describe().request.fields, [("delta", "integer".to_owned())]);
/// ```
#[macro_export]
macro_rules! rpc {
    ($(
        $(#[doc = $doc:literal])+
        $visibility:vis struct $Request:ident = $kind:literal { $($field:ident: $Type:ty),* }
            => $Reply:ident = $reply_kind:literal { $($reply_field:ident: $ReplyType:ty),* }
    )*) => {$(
        $(#[doc = $doc])+
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

        impl ::mael::protocol::Encode for $Request {
            fn encode(&self, body: ::mael::protocol::BodyWriter<'_>) -> ::mael::Result<()> {
                body.message($kind)$(.field(stringify!($field), &self.$field))*.end()
            }
        }

        impl $crate::engine::Rpc for $Request {
            const TYPE: &'static str = $kind;
            const REPLY_TYPE: &'static str = $reply_kind;
            type Reply = $Reply;

            fn describe() -> $crate::engine::RpcDescription {
                use $crate::engine::{BodyDescription, Described, RpcDescription};
                RpcDescription {
                    doc: concat!($($doc, "\n"),+),
                    request: BodyDescription {
                        r#type: $kind,
                        fields: vec![$((stringify!($field), <$Type as Described>::describe())),*],
                    },
                    reply: BodyDescription {
                        r#type: $reply_kind,
                        fields: vec![
                            $((stringify!($reply_field), <$ReplyType as Described>::describe())),*
                        ],
                    },
                }
            }

            fn read_reply(
                body: ::mael::protocol::Body<'_>,
            ) -> ::mael::Result<Self::Reply> {
                let ($($reply_field,)*) = body.exact_fields([$(stringify!($reply_field)),*])?;
                Ok($Reply { $($reply_field),* })
            }
        }
    )*};
}
