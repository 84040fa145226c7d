//! Nodes, their handlers, and messages.

use std::slice;

use proc_macro2::{Ident, Span};
use syn::{Attribute, Expr, ExprPath, LitStr, Path, Type};

/// A struct marked with `#[node]`.
pub(crate) struct Node<'a> {
    pub(crate) name: &'a Ident,
    /// The path of `mael` in the user's crate.
    pub(crate) mael: &'a Path,
    pub(crate) deadline_ms: Option<u64>,
    pub(crate) rpc_timeout_ms: Option<u64>,
    pub(crate) shape: Shape,
    pub(crate) fields: &'a [Field],
}

/// The form of a struct.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Named,
    Tuple,
    Unit,
}

/// A field of a node.
pub(crate) struct Field {
    /// None in a tuple struct.
    pub(crate) ident: Option<Ident>,
    /// The name that is passed to `FromInit`; the index in a tuple struct.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) cfgs: Vec<Attribute>,
    /// The argument of `#[key("...")]`.
    pub(crate) key: Option<LitStr>,
    /// The argument of `#[lease(...)]`.
    pub(crate) lease: Option<Period>,
}

/// A duration, in the unit in which it is written.
pub(crate) struct Period {
    pub(crate) unit: Unit,
    pub(crate) value: Expr,
}

/// A unit of time.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Milliseconds,
    Seconds,
}

/// An impl block marked with `#[handlers]`.
pub(crate) struct Handlers<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) handlers: Vec<Handler<'a>>,
    /// At most one, except for methods with different `#[cfg]`s.
    pub(crate) inits: Vec<CalledMethod<'a>>,
    pub(crate) timers: Vec<Timer<'a>>,
    /// The methods marked `#[task]`.
    pub(crate) tasks: Vec<CalledMethod<'a>>,
}

impl Handlers<'_> {
    /// Whether a request borrows from the bytes of its message.
    pub(crate) fn borrows(&self) -> bool {
        self.handlers.iter().any(Handler::borrows)
    }
}

/// The node, and the names derived from its name.
pub(crate) struct Names<'a> {
    pub(crate) node: &'a Type,
    /// The path of `mael` in the user's crate.
    pub(crate) mael: &'a Path,
    /// The name of the node, for generated documentation.
    pub(crate) title: String,
    pub(crate) request: Ident,
    pub(crate) reply: Ident,
    pub(crate) client: Ident,
}

/// A method of the user that the generated code calls.
pub(crate) struct CalledMethod<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) is_async: bool,
    pub(crate) cfgs: &'a [Attribute],
    /// The return type, if there is one.
    pub(crate) returned: Option<&'a Type>,
}

/// A method marked with `#[every]`.
pub(crate) struct Timer<'a> {
    pub(crate) method: CalledMethod<'a>,
    pub(crate) period: &'a Period,
}

/// A method marked with `#[handler]`.
pub(crate) struct Handler<'a> {
    pub(crate) method: CalledMethod<'a>,
    pub(crate) docs: &'a [Attribute],
    pub(crate) request_type: &'a LitStr,
    pub(crate) request_variant: Ident,
    /// In the order of the method's parameters.
    pub(crate) arguments: Vec<Argument<'a>>,
    /// Where to report that the parameters can't be deserialized.
    pub(crate) parameters_span: Span,
    pub(crate) reply_type: String,
    pub(crate) reply_variant: Ident,
    pub(crate) reply: Reply,
    /// None if the handler does not return a `Result`.
    pub(crate) fallible: Option<Fallible>,
    pub(crate) deadline_ms: Option<u64>,
}

impl<'a> Handler<'a> {
    /// The content of the request's variant.
    pub(crate) fn content(&self) -> Content<'_> {
        let body = self.arguments.iter().find_map(|argument| match argument {
            Argument::Body(body) => Some(body),
            _ => None,
        });
        match body {
            Some(body) => Content::Whole(body),
            None => Content::Fields(self.fields().collect()),
        }
    }

    /// The fields of the request's body.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Parameter<'a>> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Field(field) => Some(field),
            _ => None,
        })
    }

    /// Whether the method has a `#[src]` parameter.
    pub(crate) fn takes_sender(&self) -> bool {
        let is_sender = |argument: &Argument<'_>| matches!(argument, Argument::Sender);
        self.arguments.iter().any(is_sender)
    }

    /// Whether a parameter borrows from the bytes of the message.
    pub(crate) fn borrows(&self) -> bool {
        self.fields().any(|field| field.borrows.is_some())
    }

    /// Whether no reply is sent.
    pub(crate) fn is_oneway(&self) -> bool {
        matches!(self.reply, Reply::OneWay)
    }
}

/// The content of a request's variant.
pub(crate) enum Content<'a> {
    Fields(Vec<&'a Parameter<'a>>),
    Whole(&'a BodyField),
}

/// An argument of a handler's method.
pub(crate) enum Argument<'a> {
    /// The ID of the node or client that sent the request.
    Sender,
    /// A field of the request's body.
    Field(Parameter<'a>),
    /// The whole body.
    Body(BodyField),
}

/// A parameter that is a field of the request's body.
pub(crate) struct Parameter<'a> {
    pub(crate) field: BodyField,
    pub(crate) borrows: Option<Borrows>,
    /// The value if the field is missing.
    pub(crate) default: Option<&'a DefaultValue>,
    pub(crate) with: Option<With<'a>>,
}

/// A module that deserializes and serializes a field, as in `#[serde(with = "...")]`.
pub(crate) struct With<'a> {
    pub(crate) module: &'a Path,
    /// The name of a wrapper type that uses the module.
    pub(crate) wrapper: Ident,
}

/// The default value of a field, as in `#[serde(default)]`.
pub(crate) struct DefaultValue {
    pub(crate) key: Ident,
    /// None for the `Default` of the field's type.
    pub(crate) function: Option<ExprPath>,
}

/// How a parameter borrows from the bytes of the message.
#[derive(Clone, Copy)]
pub(crate) enum Borrows {
    /// A `Cow<'_, str>`, which borrows unless the string contains escapes.
    Text,
    /// A `&RawValue`.
    Raw,
}

/// A field of a body, which is also a field of a variant.
#[derive(Clone)]
pub(crate) struct BodyField {
    pub(crate) ident: Ident,
    /// Its key on the wire.
    pub(crate) name: String,
    /// The type, with the lifetime `'a` if it borrows.
    pub(crate) ty: Box<Type>,
}

/// How the macro knows that a handler returns a `Result`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallible {
    /// The return type is written as `Result` with type arguments.
    ByName,
    /// The type is named `Result` without arguments, or the handler is marked `fallible`.
    ByAttribute,
}

/// The reply of a handler.
pub(crate) enum Reply {
    /// No reply.
    OneWay,
    /// A reply without fields.
    Empty,
    /// The returned value as the only field.
    One(BodyField),
    /// The elements of the returned tuple as fields.
    Several(Vec<BodyField>),
    /// The returned value as the whole body.
    Whole(Box<Type>),
}

impl Reply {
    /// The named fields of the reply's body.
    pub(crate) fn fields(&self) -> &[BodyField] {
        match self {
            Self::One(field) => slice::from_ref(field),
            Self::Several(fields) => fields,
            Self::OneWay | Self::Empty | Self::Whole(_) => &[],
        }
    }
}

/// A struct or enum marked with `#[message]`.
pub(crate) struct Message<'a> {
    /// The path of `mael` in the user's crate.
    pub(crate) mael: &'a Path,
    pub(crate) item: &'a syn::Item,
    /// The traits to derive: `Serialize` and `Deserialize`, unless the user derives them as well.
    pub(crate) derives: Vec<&'static str>,
}
