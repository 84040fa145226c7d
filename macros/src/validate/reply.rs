//! What a handler may return, and how that is named in the reply.

use syn::{Ident, LitStr, ReturnType, Signature, Type};

use super::{RESERVED_FIELDS, names};
use crate::errors::Errors;
use crate::model::{BodyField, Outcome};
use crate::types::{self, MaybeResult};

/// Checks the return type against the `reply` of the attribute.
pub(super) fn check<'a>(
    signature: &'a Signature,
    reply: Option<&LitStr>,
    errors: &mut Errors,
) -> Option<Outcome<'a>> {
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
    Some(Outcome {
        fallible,
        field: field(value, reply, errors)?,
    })
}

/// The reply's field. The outer None is a mistake, the inner one a reply without fields.
fn field<'a>(
    value: Option<&'a Type>,
    reply: Option<&LitStr>,
    errors: &mut Errors,
) -> Option<Option<BodyField<'a>>> {
    match (value, reply) {
        (None, None) => Some(None),
        (None, Some(name)) => {
            errors.on(
                name,
                "this method returns nothing to name; remove `reply` or write `-> ...`",
            );
            None
        }
        (Some(ty), None) => {
            errors.on(
                ty,
                "the reply's field has no name; write `reply = \"...\"` in `#[handler]`",
            );
            None
        }
        (Some(ty), Some(name)) => {
            let ident = usable_name(name, errors)?;
            let field = BodyField {
                ident,
                name: name.value(),
                ty,
            };
            Some(Some(field))
        }
    }
}

fn usable_name(reply: &LitStr, errors: &mut Errors) -> Option<Ident> {
    let name = reply.value();
    if RESERVED_FIELDS.contains(&name.as_str()) {
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
