//! What is known once the rules have been checked: the structs that everything is rendered from.

use proc_macro2::{Ident, Span};
use syn::{Attribute, LitStr, Type};

/// A struct marked with `#[node]`.
pub(crate) struct Node<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) shape: Shape,
    pub(crate) fields: Vec<NodeField<'a>>,
}

/// How a struct is written, which is also how a value of it is.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Named,
    Tuple,
    Unit,
}

/// A field of a node.
pub(crate) struct NodeField<'a> {
    /// None in a tuple struct.
    pub(crate) ident: Option<&'a Ident>,
    /// The name that `FromInit` is told; the index in a tuple struct.
    pub(crate) name: String,
    pub(crate) ty: &'a Type,
    pub(crate) cfgs: Vec<&'a Attribute>,
}

/// An impl block marked with `#[handlers]`.
pub(crate) struct Handlers<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) handlers: Vec<Handler<'a>>,
}

/// The node, and what is named after it.
pub(crate) struct Names<'a> {
    pub(crate) node: &'a Type,
    /// The node as text, for the documentation of what is generated.
    pub(crate) title: String,
    pub(crate) request: Ident,
    pub(crate) reply: Ident,
}

/// A method marked with `#[handler]`.
pub(crate) struct Handler<'a> {
    pub(crate) method: &'a Ident,
    pub(crate) is_async: bool,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) request_type: &'a LitStr,
    pub(crate) request_variant: Ident,
    /// In the order of the method's parameters.
    pub(crate) arguments: Vec<Argument<'a>>,
    /// Where to report that the parameters can't be read from a body.
    pub(crate) parameters_span: Span,
    pub(crate) reply_type: String,
    pub(crate) reply_variant: Ident,
    pub(crate) outcome: Outcome<'a>,
}

impl Handler<'_> {
    /// The fields of the request's body.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &BodyField<'_>> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Field(field) => Some(field),
            Argument::Sender => None,
        })
    }

    /// Whether the method is told the sender.
    pub(crate) fn takes_sender(&self) -> bool {
        let is_sender = |argument: &Argument<'_>| matches!(argument, Argument::Sender);
        self.arguments.iter().any(is_sender)
    }
}

/// What a handler's method is called with.
pub(crate) enum Argument<'a> {
    /// The name of the node or client that sent the request.
    Sender,
    /// A field of the request's body.
    Field(BodyField<'a>),
}

/// A field of a body, which is also a field of a variant.
pub(crate) struct BodyField<'a> {
    pub(crate) ident: Ident,
    /// Its key on the wire.
    pub(crate) name: String,
    pub(crate) ty: &'a Type,
}

/// What a handler returns.
pub(crate) struct Outcome<'a> {
    /// The whole return type if it is a `Result`.
    pub(crate) fallible: Option<&'a Type>,
    /// The reply's field; None when there is nothing to say but that it was done.
    pub(crate) field: Option<BodyField<'a>>,
}
