//! Checks the types marked `#[message]`: structs with named fields, and enums.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, Fields, GenericParam, Generics, Item, ItemStruct, Meta, Path};

use super::names;
use crate::errors::Errors;
use crate::model::Message;

/// The traits that `#[message]` derives.
const DERIVES: [&str; 2] = ["Serialize", "Deserialize"];

/// Checks a `#[message]`. Returns None if the item is not a type.
pub(crate) fn check<'a>(
    mael: &'a Path,
    item: &'a Item,
    errors: &mut Errors,
) -> Option<Message<'a>> {
    let derives = match item {
        Item::Struct(item) => {
            owns_its_fields(&item.generics, errors);
            fields_are_named(item, errors);
            derives(&item.attrs, errors)
        }
        Item::Enum(item) => {
            owns_its_fields(&item.generics, errors);
            derives(&item.attrs, errors)
        }
        Item::Union(item) => {
            let message = "`#[message]` is not allowed on unions; use a `struct` or an `enum`";
            errors.on(item.union_token, message);
            Vec::new()
        }
        _ => {
            errors.at(
                Span::call_site(),
                "`#[message]` is only allowed on a `struct` or an `enum`",
            );
            return None;
        }
    };
    Some(Message {
        mael,
        item,
        derives,
    })
}

fn fields_are_named(item: &ItemStruct, errors: &mut Errors) {
    if let Fields::Unnamed(fields) = &item.fields {
        let message = "a message can't be a tuple struct; use named fields: `{ name: Type }`";
        errors.on(fields, message);
    }
    for field in &item.fields {
        let is_serde = |attribute: &Attribute| attribute.path().is_ident("serde");
        if let Some(ident) = &field.ident
            && names::is_reserved_field(&ident.unraw().to_string())
            && !field.attrs.iter().any(is_serde)
        {
            let message = format_args!(
                "the field name `{}` is reserved by the protocol; choose another one",
                ident.unraw()
            );
            errors.on(ident, message);
        }
    }
}

fn owns_its_fields(generics: &Generics, errors: &mut Errors) {
    for parameter in &generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            let message =
                "a message can't have lifetime parameters; use owned types such as `String`";
            errors.on(lifetime, message);
        }
    }
}

/// The traits to derive. Those that the user derives as well are reported and left out.
fn derives(attributes: &[Attribute], errors: &mut Errors) -> Vec<&'static str> {
    let mut derives = DERIVES.to_vec();
    let is_derive = |attribute: &&Attribute| attribute.path().is_ident("derive");
    for attribute in attributes.iter().filter(is_derive) {
        let Meta::List(list) = &attribute.meta else {
            continue;
        };
        for token in list.tokens.clone() {
            let text = token.to_string();
            if DERIVES.contains(&text.as_str()) {
                errors.on(
                    token,
                    "`#[message]` already derives this trait; remove it here",
                );
                derives.retain(|derive| *derive != text);
            }
        }
    }
    derives
}
