//! Reads the attributes on the fields of a node.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, ItemStruct, LitStr, Meta, Type};

use super::period::{self, Period};
use super::{take, with_path};
use crate::errors::Errors;

/// A field of a node.
pub(crate) struct Field {
    /// None in a tuple struct.
    pub(crate) ident: Option<Ident>,
    /// The name that `FromInit` is told; the index in a tuple struct.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) cfgs: Vec<Attribute>,
    /// What `#[key("...")]` says.
    pub(crate) key: Option<LitStr>,
    /// What `#[lease(...)]` says.
    pub(crate) lease: Option<Period>,
}

/// Takes our attributes out of the fields and reads what they say.
pub(crate) fn fields(item: &mut ItemStruct, errors: &mut Errors) -> Vec<Field> {
    let members: Vec<_> = item.fields.members().collect();
    let mut read = |(member, field): (syn::Member, &mut syn::Field)| {
        let keys = take(&mut field.attrs, |attribute| {
            attribute.path().is_ident("key")
        });
        let leases = take(&mut field.attrs, |attribute| {
            attribute.path().is_ident("lease")
        });
        for second in keys.iter().skip(1).chain(leases.iter().skip(1)) {
            let message = "this stands above the field already; remove the second one";
            errors.on(second, message);
        }
        Field {
            ident: field.ident.clone(),
            name: member
                .to_token_stream()
                .to_string()
                .trim_start_matches("r#")
                .to_owned(),
            ty: field.ty.clone(),
            cfgs: with_path(&field.attrs, "cfg"),
            key: keys.first().and_then(|attribute| key(attribute, errors)),
            lease: leases
                .first()
                .and_then(|attribute| period::read(attribute, errors)),
        }
    };
    members
        .into_iter()
        .zip(&mut item.fields)
        .map(&mut read)
        .collect()
}

fn key(attribute: &Attribute, errors: &mut Errors) -> Option<LitStr> {
    let text = match &attribute.meta {
        Meta::List(list) => list.parse_args::<LitStr>().ok(),
        _ => None,
    };
    let text = text.filter(|text| !text.value().is_empty());
    if text.is_none() {
        errors.on(attribute, "a key is a text; write `#[key(\"...\")]`");
    }
    text
}
