//! Checks the parameters of handlers: fields of the body, the whole body, or the sender.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{GenericArgument, Lifetime, LitStr, Pat, PatIdent, PathArguments, Type};

use super::names;
use crate::errors::Errors;
use crate::model::{self, Argument, BodyField, Borrows, With};
use crate::parse::Parameter;
use crate::types;

/// The maximum number of fields that the runtime can read into a tuple.
const MAX_FIELDS: usize = 12;

/// Checks all parameters. Returns None if one of them is invalid.
pub(super) fn check<'a>(
    parameters: &'a [Parameter],
    is_async: bool,
    errors: &mut Errors,
) -> Option<Vec<Argument<'a>>> {
    one_sender(parameters, errors);
    one_body(parameters, errors);
    names_differ(parameters, errors);
    let is_field = |parameter: &&Parameter| parameter.senders.is_empty();
    if let Some(extra) = parameters.iter().filter(is_field).nth(MAX_FIELDS) {
        let message = format_args!(
            "a handler can have at most {MAX_FIELDS} fields; group some of them in a struct"
        );
        errors.on(&extra.name, message);
    }
    // Errors in all parameters are reported, not only those in the first.
    let checked: Vec<_> = parameters
        .iter()
        .map(|parameter| one(parameter, is_async, errors))
        .collect();
    checked.into_iter().collect()
}

fn one_sender(parameters: &[Parameter], errors: &mut Errors) {
    for second in parameters.iter().flat_map(|p| &p.senders).skip(1) {
        errors.on(second, "duplicate `#[src]`");
    }
}

/// Checks that a `#[body]` is the only parameter apart from the sender.
fn one_body(parameters: &[Parameter], errors: &mut Errors) {
    for second in parameters.iter().flat_map(|p| &p.bodies).skip(1) {
        errors.on(second, "duplicate `#[body]`");
    }
    let has_body = parameters.iter().any(|p| !p.bodies.is_empty());
    for parameter in parameters {
        let is_field = parameter.bodies.is_empty() && parameter.senders.is_empty();
        if has_body && is_field {
            let message = "a handler with a `#[body]` can't have other fields; make this a field of the \
                           body's struct";
            errors.on(&parameter.name, message);
        }
        if let (Some(body), Some(_)) = (parameter.bodies.first(), parameter.senders.first()) {
            let message = "a parameter can't be both `#[src]` and `#[body]`";
            errors.on(body, message);
        }
    }
}

/// Reports parameters that read the same field. The compiler reports those with the same name.
fn names_differ(parameters: &[Parameter], errors: &mut Errors) {
    let mut idents = HashSet::new();
    let mut keys = HashSet::new();
    for parameter in parameters {
        let Pat::Ident(PatIdent { ident, .. }) = &parameter.name else {
            continue;
        };
        if !idents.insert(ident) {
            errors.leave_to_compiler();
            continue;
        }
        if !parameter.senders.is_empty() {
            continue;
        }
        let rename = parameter.serde.rename.as_ref();
        let key = rename.map_or_else(|| ident.unraw().to_string(), LitStr::value);
        if keys.contains(&key) {
            let message = format_args!("duplicate field `{key}`: another parameter reads it");
            match rename {
                Some(rename) => errors.on(rename, message),
                None => errors.on(ident, message),
            }
        }
        keys.insert(key);
    }
}

fn one<'a>(parameter: &'a Parameter, is_async: bool, errors: &mut Errors) -> Option<Argument<'a>> {
    for attribute in &parameter.unknown {
        let message = "unsupported attribute on a parameter; expected `#[src]`, `#[body]` or \
                       `#[serde(...)]`";
        errors.on(attribute, message);
    }
    let is_sender = !parameter.senders.is_empty();
    let is_body = !parameter.bodies.is_empty();
    if is_sender || is_body {
        for attribute in &parameter.serdes {
            let message =
                "`#[serde(...)]` is only allowed on parameters that are fields of the body";
            errors.on(attribute, message);
        }
    }
    if is_sender {
        sender_is_a_node_id(parameter, errors);
        return Some(Argument::Sender);
    }
    if is_body {
        type_is_owned(&parameter.ty, errors);
        let field = BodyField {
            ident: plain_name(parameter, errors)?.clone(),
            name: String::new(),
            ty: Box::new(parameter.ty.clone()),
        };
        return Some(Argument::Body(field));
    }
    is_not_sender(parameter, errors);
    field(parameter, is_async, errors).map(Argument::Field)
}

fn field<'a>(
    parameter: &'a Parameter,
    is_async: bool,
    errors: &mut Errors,
) -> Option<model::Parameter<'a>> {
    let (ty, borrows) = match borrowed(&parameter.ty) {
        Some(_) if is_async => {
            let message = "parameters of `async` handlers can't borrow from the message; use an owned \
                           type such as `String`";
            errors.on(&parameter.ty, message);
            return None;
        }
        Some((ty, borrows)) => (ty, Some(borrows)),
        None => {
            type_is_owned(&parameter.ty, errors);
            (parameter.ty.clone(), None)
        }
    };
    let serde = &parameter.serde;
    if let Some(with) = &serde.with
        && borrows.is_some()
    {
        let message = "`with` doesn't support borrowed types; use an owned type";
        errors.on(with, message);
    }
    let ident = plain_name(parameter, errors)?;
    let name = match &serde.rename {
        Some(rename) => rename.value(),
        None => ident.unraw().to_string(),
    };
    if names::is_reserved_field(&name) {
        let message =
            format_args!("the field name `{name}` is reserved by the protocol; choose another one");
        match &serde.rename {
            Some(rename) => errors.on(rename, message),
            None => errors.on(ident, message),
        }
    }
    Some(model::Parameter {
        field: BodyField {
            ident: ident.clone(),
            name,
            ty: Box::new(ty),
        },
        borrows,
        default: serde.default.as_ref(),
        with: serde.with.as_ref().map(|module| With {
            module,
            wrapper: names::wrapper(ident),
        }),
    })
}

fn sender_is_a_node_id(parameter: &Parameter, errors: &mut Errors) {
    let ty = &parameter.ty;
    let last = types::path(ty).and_then(|path| path.segments.last());
    if last.is_none_or(|last| last.ident != "NodeId") {
        errors.on(ty, "the type of a `#[src]` parameter must be `NodeId`");
    }
}

/// Reports `src: NodeId` without `#[src]`, which is most likely meant to be the sender.
fn is_not_sender(parameter: &Parameter, errors: &mut Errors) {
    let Pat::Ident(PatIdent { ident, .. }) = &parameter.name else {
        return;
    };
    let is_src = ident.unraw().to_string().trim_start_matches('_') == "src";
    if is_src && parameter.serde.rename.is_none() && types::mentions(&parameter.ty, "NodeId") {
        let message = "parameters are fields of the body; use `#[src]` for the sender, or \
                       `#[serde(rename = \"src\")]` for a body field named `src`";
        errors.on(ident, message);
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
    let message = "expected the name of a field; patterns are not supported";
    errors.on(pattern, message);
    None
}

/// The type with the lifetime `'a`, if it is a type that can borrow from the message.
fn borrowed(ty: &Type) -> Option<(Type, Borrows)> {
    let mut ty = ty.clone();
    let lifetime = Lifetime::new("'a", Span::call_site());
    match &mut ty {
        Type::Reference(reference)
            if reference.mutability.is_none()
                && types::is_anonymous(reference.lifetime.as_ref())
                && types::is_named(&reference.elem, "RawValue") =>
        {
            reference.lifetime = Some(lifetime);
            Some((ty, Borrows::Raw))
        }
        Type::Path(path) => {
            let last = path.path.segments.last_mut()?;
            let PathArguments::AngleBracketed(arguments) = &mut last.arguments else {
                return None;
            };
            let mut given = arguments.args.iter();
            let text = match (given.next()?, given.next(), given.next()) {
                (GenericArgument::Lifetime(life), Some(GenericArgument::Type(text)), None)
                    if types::is_anonymous(Some(life)) =>
                {
                    text
                }
                (GenericArgument::Type(text), None, None) => text,
                _ => return None,
            };
            if last.ident != "Cow" || !types::is_named(text, "str") {
                return None;
            }
            let text = GenericArgument::Type(text.clone());
            arguments.args = [GenericArgument::Lifetime(lifetime), text]
                .into_iter()
                .collect();
            Some((ty, Borrows::Text))
        }
        _ => None,
    }
}

fn type_is_owned(ty: &Type, errors: &mut Errors) {
    let message = if types::mentions(ty, "impl") {
        "`impl Trait` is not supported in parameters; use a concrete type"
    } else if matches!(ty, Type::Reference(reference) if types::is_named(&reference.elem, "str")) {
        "`&str` can't be deserialized when the JSON string contains escapes; use `String` or \
         `Cow<'_, str>`"
    } else if types::has_reference(ty) || types::borrows(ty) {
        "parameters can't contain references; use an owned type such as `String`"
    } else if types::mentions(ty, "Self") {
        "`Self` can't be used in the types of parameters; write the name of the struct"
    } else {
        return;
    };
    errors.on(ty, message);
}
