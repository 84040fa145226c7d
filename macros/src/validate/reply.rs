//! What a handler may return, and how that is named in the reply.

use syn::{Ident, LitStr, ReturnType, Signature, Type};

use super::names;
use crate::errors::Errors;
use crate::model::{BodyField, Reply};
use crate::parse::{HandlerAttribute, ReplyNames};
use crate::types::{self, MaybeResult};

/// Checks the return type against what the attribute says: the whole type if it is a `Result`, and
/// what is sent.
pub(super) fn check<'a>(
    signature: &'a Signature,
    attribute: &'a HandlerAttribute,
    errors: &mut Errors,
) -> Option<(Option<&'a Type>, Reply<'a>)> {
    if let Some(reply_type) = &attribute.reply_type {
        type_is_usable(reply_type, errors);
    }
    let returned = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    if let Some(ty) = returned
        && !type_is_owned(ty, errors)
    {
        return None;
    }
    let (fallible, value) = match returned.map(|ty| (ty, types::maybe_result(ty))) {
        None => (None, None),
        Some((ty, MaybeResult::No)) => (None, Some(ty)),
        Some((ty, MaybeResult::Of(value))) => (Some(ty), Some(value)),
        Some((ty, MaybeResult::Unclear)) => {
            errors.on(
                ty,
                "this `Result` does not say of what; write `Result<...>` with the type",
            );
            return None;
        }
    };
    let value = value.filter(|ty| !types::is_unit(ty));
    let reply = if attribute.oneway.is_some() {
        nothing(value, attribute, errors)?
    } else {
        reply(value, &attribute.reply, errors)?
    };
    Some((fallible, reply))
}

/// What a `oneway` handler sends. There is nothing to name, and nothing to return.
fn nothing<'a>(
    value: Option<&Type>,
    attribute: &HandlerAttribute,
    errors: &mut Errors,
) -> Option<Reply<'a>> {
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
    if let Some(ty) = value {
        let message = "a `oneway` handler sends no reply; remove this type, or `oneway`";
        errors.on(ty, message);
        return None;
    }
    Some(Reply::OneWay)
}

fn reply<'a>(
    value: Option<&'a Type>,
    names: &ReplyNames,
    errors: &mut Errors,
) -> Option<Reply<'a>> {
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
        (Some(ty), ReplyNames::None) => Some(Reply::Whole(ty)),
        (Some(ty), ReplyNames::One(name)) => Some(Reply::One(field(name, ty, errors)?)),
        (value, ReplyNames::Several(names)) => several(value, names, errors),
    }
}

/// One field for each element of a tuple.
fn several<'a>(value: Option<&Type>, names: &[LitStr], errors: &mut Errors) -> Option<Reply<'a>> {
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
