//! What may be a parameter of a handler: a field of the body, or the sender.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Pat, PatIdent};

use super::RESERVED_FIELDS;
use crate::errors::Errors;
use crate::model::{Argument, BodyField};
use crate::parse::Parameter;
use crate::types;

/// The most fields that the runtime reads into a tuple.
const MOST_FIELDS: usize = 12;

/// Checks all parameters; None if one of them is neither.
pub(super) fn check<'a>(
    parameters: &'a [Parameter],
    errors: &mut Errors,
) -> Option<Vec<Argument<'a>>> {
    for second in parameters.iter().flat_map(|p| &p.senders).skip(1) {
        errors.on(
            second,
            "a request has one sender; remove this second `#[src]`",
        );
    }
    let is_field = |parameter: &&Parameter| parameter.senders.is_empty();
    if let Some(extra) = parameters.iter().filter(is_field).nth(MOST_FIELDS) {
        let message = format_args!(
            "a handler reads at most {MOST_FIELDS} fields; write a struct that holds several of them"
        );
        errors.on(&extra.name, message);
    }
    // Every parameter is checked before the first that failed counts.
    let checked: Vec<_> = parameters
        .iter()
        .map(|parameter| one(parameter, errors))
        .collect();
    checked.into_iter().collect()
}

fn one<'a>(parameter: &'a Parameter, errors: &mut Errors) -> Option<Argument<'a>> {
    for attribute in &parameter.unknown {
        let message =
            "a parameter can't have this attribute; write `#[src]` for the sender, or remove it";
        errors.on(attribute, message);
    }
    if !parameter.senders.is_empty() {
        sender_is_a_node_id(parameter, errors);
        return Some(Argument::Sender);
    }
    type_is_owned(parameter, errors);
    let ident = plain_name(parameter, errors)?;
    let name = ident.unraw().to_string();
    if RESERVED_FIELDS.contains(&name.as_str()) {
        let message = format_args!(
            "the protocol uses the field `{name}` itself; write a parameter of another name"
        );
        errors.on(ident, message);
    }
    Some(Argument::Field(BodyField {
        ident: ident.clone(),
        name,
        ty: &parameter.ty,
    }))
}

fn sender_is_a_node_id(parameter: &Parameter, errors: &mut Errors) {
    let ty = &parameter.ty;
    let last = types::path(ty).and_then(|path| path.segments.last());
    if last.is_none_or(|last| last.ident != "NodeId") {
        errors.on(
            ty,
            "a sender is the name of a node or client; write `NodeId`",
        );
    }
}

fn plain_name<'a>(parameter: &'a Parameter, errors: &mut Errors) -> Option<&'a Ident> {
    let pattern = &parameter.name;
    if let Pat::Ident(PatIdent {
        by_ref: None,
        subpat: None,
        ident,
        ..
    }) = pattern
    {
        return Some(ident);
    }
    let message = "a parameter is a field of the request; write the name of that field";
    errors.on(pattern, message);
    None
}

fn type_is_owned(parameter: &Parameter, errors: &mut Errors) {
    let ty = &parameter.ty;
    if types::mentions(ty, "impl") {
        errors.on(
            ty,
            "a parameter needs a type of its own; write a concrete type, not `impl`",
        );
    } else if types::has_reference(ty) || types::borrows(ty) {
        let message = "a parameter owns its value; write a type without references, as `String`";
        errors.on(ty, message);
    } else if types::mentions(ty, "Self") {
        errors.on(
            ty,
            "`Self` is not known in the request's enum; write the name of the struct",
        );
    }
}
