//! What a handler may return, and how that is named in the reply.

use quote::{quote, quote_spanned};
use syn::{Ident, LitStr, Path, Signature, Type, parse_quote};

use super::{names, signature};
use crate::errors::Errors;
use crate::model::{BodyField, Fallible, Reply};
use crate::parse::{HandlerAttribute, ReplyNames};
use crate::types;

/// Checks the return type against what the attribute says: whether it is a `Result`, and what is
/// sent.
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
        let message =
            "this method doesn't return a `Result`; remove `fallible`, or write `-> Result<...>`";
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
        nothing(value, attribute, errors)?
    } else {
        reply(value, &attribute.reply, errors)?
    };
    Some((fallible, reply))
}

/// What a handler returns if it does not fail.
struct Value<'a> {
    /// As it is written in the return type, if it is.
    written: Option<&'a Type>,
    /// The type itself.
    ty: Type,
}

/// What a `Result` of another name is of, as the compiler knows it. All of it bears the span of the
/// type, so that one that is no `Result` is reported there.
fn value_of(ty: &Type, mael: &Path) -> Type {
    let (first, last) = types::ends(ty);
    let end = quote_spanned!(last=> ::Value);
    let path = types::respanned(first, quote!(#mael::node::Fallible));
    let (begin, middle) = (quote_spanned!(first=> <), quote_spanned!(first=> as));
    let close = quote_spanned!(first=> >);
    parse_quote!(#begin #ty #middle #path #close #end)
}

/// What a `oneway` handler sends. There is nothing to name, and nothing to return.
fn nothing(
    value: Option<Value<'_>>,
    attribute: &HandlerAttribute,
    errors: &mut Errors,
) -> Option<Reply> {
    let named = match &attribute.reply {
        ReplyNames::One(name) => Some(name),
        ReplyNames::Several(names) => names.first(),
        ReplyNames::None | ReplyNames::Wrong => None,
    };
    if let Some(name) = named.or(attribute.reply_type.as_ref()) {
        let message = "a `oneway` handler sends no reply; remove this, or `oneway`";
        errors.on(name, message);
        return None;
    }
    if let Some(ty) = value.and_then(|value| value.written) {
        let message = "a `oneway` handler sends no reply; remove this type, or `oneway`; if it is \
                       another name of `Result<()>`, write `fallible` too";
        errors.on(ty, message);
        return None;
    }
    Some(Reply::OneWay)
}

fn reply(value: Option<Value<'_>>, names: &ReplyNames, errors: &mut Errors) -> Option<Reply> {
    match (value, names) {
        (_, ReplyNames::Wrong) => None,
        (None, ReplyNames::None) => Some(Reply::Empty),
        (None, ReplyNames::One(name)) => {
            errors.on(
                name,
                "this method returns nothing to name; remove `reply` or write `-> ...`",
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

/// One field for each element of a tuple.
fn several(value: Option<&Type>, names: &[LitStr], errors: &mut Errors) -> Option<Reply> {
    let Some(types) = value.and_then(types::elements) else {
        let message = "this method returns no tuple; write `reply = \"...\"`, or `-> (..., ...)`";
        errors.on(names.first(), message);
        return None;
    };
    if let Some(extra) = names.get(types.len()) {
        let message = "the tuple has no element for this name; remove it, or return one more";
        errors.on(extra, message);
        return None;
    }
    if let Some(unnamed) = types.get(names.len()) {
        let message = "this element has no name; write one more in `reply(...)`";
        errors.on(unnamed, message);
        return None;
    }
    let mut fields: Vec<BodyField> = Vec::new();
    for (name, ty) in names.iter().zip(types) {
        let field = field(name, ty, errors)?;
        if fields.iter().any(|other| other.ident == field.ident) {
            errors.on(name, "another element has this name; write each name once");
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
            format_args!("the protocol uses the field `{name}` itself; write another name");
        errors.on(reply, message);
        return None;
    }
    let ident = names::reply_field(reply).filter(|_| !name.is_empty());
    if ident.is_none() {
        errors.on(
            reply,
            "no field can be named so; write letters, digits and underscores",
        );
    }
    ident
}

fn type_is_usable(reply_type: &LitStr, errors: &mut Errors) {
    if reply_type.value().is_empty() {
        let message = "a type can't be empty; write the `type` of the reply's body";
        errors.on(reply_type, message);
    } else {
        names::is_reserved_type(reply_type, errors);
    }
}

fn type_is_owned(ty: &Type, errors: &mut Errors) -> bool {
    let message = if types::mentions(ty, "impl") {
        "a reply needs a type of its own; write a concrete type, not `impl`"
    } else if types::borrows(ty) {
        "a reply outlives the handler; write a type without references, as `String`"
    } else if types::mentions(ty, "Self") {
        "`Self` is not known in the reply's enum; write the name of the struct"
    } else {
        return true;
    };
    errors.on(ty, message);
    false
}
