//! Checks the return types of handlers against `reply`, `oneway` and `fallible`.

use quote::{quote, quote_spanned};
use syn::{Ident, LitStr, Path, Signature, Type, parse_quote};

use super::{names, signature};
use crate::errors::Errors;
use crate::model::{BodyField, Fallible, Reply};
use crate::parse::{HandlerAttribute, ReplyNames};
use crate::types;

/// Determines whether a handler returns a `Result`, and which reply it sends.
pub(super) fn check(
    signature: &Signature,
    attribute: &HandlerAttribute,
    mael: &Path,
    errors: &mut Errors,
) -> Option<(Option<Fallible>, Reply)> {
    if let Some(reply_type) = &attribute.reply_type {
        type_is_usable(reply_type, errors);
    }
    let returned = signature::returned(signature);
    if let Some(ty) = returned
        && !type_is_owned(ty, errors)
    {
        return None;
    }
    if let Some(fallible) = &attribute.fallible
        && returned.is_none_or(types::is_never_result)
    {
        let message = "`fallible` requires a `Result` as return type; write `-> Result<...>`, or remove `fallible`";
        errors.on(fallible, message);
        return None;
    }
    let is_result = returned.is_some_and(types::is_result);
    let argument = returned.and_then(types::first_argument);
    let fallible = match (is_result, argument, &attribute.fallible) {
        (true, Some(_), None) => Some(Fallible::ByName),
        (true, _, _) | (_, _, Some(_)) => Some(Fallible::ByAttribute),
        (false, _, None) => None,
    };
    let value = match (returned, fallible) {
        (Some(ty), None) => Some(Value {
            written: Some(ty),
            ty: ty.clone(),
        }),
        (Some(ty), Some(Fallible::ByName)) => Some(Value {
            written: argument,
            ty: argument.unwrap_or(ty).clone(),
        }),
        (Some(ty), Some(Fallible::ByAttribute)) => Some(Value {
            written: argument,
            ty: value_of(ty, mael),
        }),
        (None, _) => None,
    };
    let value = value.filter(|value| !value.written.is_some_and(types::is_unit));
    let reply = if attribute.oneway.is_some() {
        oneway(value, attribute, errors)?
    } else {
        reply(value, &attribute.reply, errors)?
    };
    Some((fallible, reply))
}

/// The return type of a handler, or the `Ok` type if that is a `Result`.
struct Value<'a> {
    /// As written in the signature; None if it is hidden by an alias.
    written: Option<&'a Type>,
    /// The type itself.
    ty: Type,
}

/// The `Ok` type of an alias of `Result`, as an associated type. Its tokens have the span of the
/// alias, so that the compiler reports an alias of another type there.
fn value_of(ty: &Type, mael: &Path) -> Type {
    let (first, last) = types::ends(ty);
    let end = quote_spanned!(last=> ::Value);
    let path = types::respanned(first, quote!(#mael::node::Fallible));
    let (begin, middle) = (quote_spanned!(first=> <), quote_spanned!(first=> as));
    let close = quote_spanned!(first=> >);
    parse_quote!(#begin #ty #middle #path #close #end)
}

/// The reply of a `oneway` handler, which can neither name nor return anything.
fn oneway(
    value: Option<Value<'_>>,
    attribute: &HandlerAttribute,
    errors: &mut Errors,
) -> Option<Reply> {
    let named = match &attribute.reply {
        ReplyNames::One(name) => Some(name),
        ReplyNames::Several(names) => names.first(),
        ReplyNames::None | ReplyNames::Invalid => None,
    };
    if let Some(name) = named.or(attribute.reply_type.as_ref()) {
        let message = "`oneway` handlers send no reply; remove this argument, or `oneway`";
        errors.on(name, message);
        return None;
    }
    if let Some(ty) = value.and_then(|value| value.written) {
        let message = "`oneway` handlers send no reply; remove this type, or `oneway`; if it is an \
                       alias of `Result<()>`, add `fallible`";
        errors.on(ty, message);
        return None;
    }
    Some(Reply::OneWay)
}

fn reply(value: Option<Value<'_>>, names: &ReplyNames, errors: &mut Errors) -> Option<Reply> {
    match (value, names) {
        (_, ReplyNames::Invalid) => None,
        (None, ReplyNames::None) => Some(Reply::Empty),
        (None, ReplyNames::One(name)) => {
            errors.on(
                name,
                "`reply` requires a return type; add one, or remove `reply`",
            );
            None
        }
        (Some(value), ReplyNames::None) => Some(Reply::Whole(Box::new(value.ty))),
        (Some(value), ReplyNames::One(name)) => Some(Reply::One(field(name, &value.ty, errors)?)),
        (value, ReplyNames::Several(names)) => {
            several(value.and_then(|value| value.written), names, errors)
        }
    }
}

/// The reply with one field for each element of a tuple.
fn several(value: Option<&Type>, names: &[LitStr], errors: &mut Errors) -> Option<Reply> {
    let Some(types) = value.and_then(types::elements) else {
        let message = "`reply(...)` requires a tuple as return type; write `-> (..., ...)`, or \
                       `reply = \"...\"` for one field";
        errors.on(names.first(), message);
        return None;
    };
    if let Some(extra) = names.get(types.len()) {
        let message =
            "the tuple has fewer elements than names; remove this name, or return one more element";
        errors.on(extra, message);
        return None;
    }
    if let Some(unnamed) = types.get(names.len()) {
        let message = "this tuple element has no name; add one to `reply(...)`";
        errors.on(unnamed, message);
        return None;
    }
    let mut fields: Vec<BodyField> = Vec::new();
    for (name, ty) in names.iter().zip(types) {
        let field = field(name, ty, errors)?;
        if fields.iter().any(|other| other.ident == field.ident) {
            errors.on(name, "duplicate field name");
            return None;
        }
        fields.push(field);
    }
    Some(Reply::Several(fields))
}

fn field(name: &LitStr, ty: &Type, errors: &mut Errors) -> Option<BodyField> {
    Some(BodyField {
        ident: usable_name(name, errors)?,
        name: name.value(),
        ty: Box::new(ty.clone()),
    })
}

fn usable_name(reply: &LitStr, errors: &mut Errors) -> Option<Ident> {
    let name = reply.value();
    if names::is_reserved_field(&name) {
        let message =
            format_args!("the field name `{name}` is reserved by the protocol; choose another one");
        errors.on(reply, message);
        return None;
    }
    let ident = names::reply_field(reply).filter(|_| !name.is_empty());
    if ident.is_none() {
        errors.on(
            reply,
            "this can't be converted to a field name; use letters, digits and underscores",
        );
    }
    ident
}

fn type_is_usable(reply_type: &LitStr, errors: &mut Errors) {
    if reply_type.value().is_empty() {
        errors.on(reply_type, "the message type can't be empty");
    } else {
        names::is_reserved_type(reply_type, errors);
    }
}

fn type_is_owned(ty: &Type, errors: &mut Errors) -> bool {
    let message = if types::mentions(ty, "impl") {
        "`impl Trait` is not supported in replies; use a concrete type"
    } else if types::borrows(ty) {
        "a reply can't borrow from the node; use an owned type such as `String`"
    } else if types::mentions(ty, "Self") {
        "`Self` can't be used in the type of a reply; write the name of the struct"
    } else {
        return true;
    };
    errors.on(ty, message);
    false
}
