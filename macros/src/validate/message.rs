//! What may be a message: a struct whose fields have names, or an enum to be part of one.

use proc_macro2::{Span, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, Fields, GenericParam, Generics, Item, ItemStruct, Meta, Path};

use super::names;
use crate::errors::Errors;
use crate::model::Message;

/// Checks a `#[message]`; None if it is nothing that can be one.
pub(crate) fn check<'a>(
    mael: &'a Path,
    item: &'a Item,
    errors: &mut Errors,
) -> Option<Message<'a>> {
    match item {
        Item::Struct(item) => {
            owns_its_fields(&item.generics, errors);
            derives_nothing_twice(&item.attrs, errors);
            fields_are_named(item, errors);
        }
        Item::Enum(item) => {
            owns_its_fields(&item.generics, errors);
            derives_nothing_twice(&item.attrs, errors);
        }
        Item::Union(item) => errors.on(
            item.union_token,
            "a message has all of its fields at once; write `struct` or `enum`",
        ),
        _ => {
            errors.at(
                Span::call_site(),
                "a message is a type; write `#[message]` above a `struct` or an `enum`",
            );
            return None;
        }
    }
    Some(Message { mael, item })
}

fn fields_are_named(item: &ItemStruct, errors: &mut Errors) {
    if let Fields::Unnamed(fields) = &item.fields {
        let message = "the fields of a message have names; write `{ name: Type }`";
        errors.on(fields, message);
    }
    for field in &item.fields {
        let is_serde = |attribute: &Attribute| attribute.path().is_ident("serde");
        if let Some(ident) = &field.ident
            && names::is_reserved_field(&ident.unraw().to_string())
            && !field.attrs.iter().any(is_serde)
        {
            let message = format_args!(
                "the protocol uses the field `{}` itself; write another name",
                ident.unraw()
            );
            errors.on(ident, message);
        }
    }
}

fn owns_its_fields(generics: &Generics, errors: &mut Errors) {
    for parameter in &generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            let message = "a message owns its fields; write types without lifetimes, as `String`";
            errors.on(lifetime, message);
        }
    }
}

fn derives_nothing_twice(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes {
        let Meta::List(list) = &attribute.meta else {
            continue;
        };
        if !attribute.path().is_ident("derive") {
            continue;
        }
        for token in list.tokens.clone() {
            if matches!(&token, TokenTree::Ident(name) if name == "Serialize" || name == "Deserialize")
            {
                errors.on(token, "`#[message]` derives this; remove it here");
            }
        }
    }
}
