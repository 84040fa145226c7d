//! Parses the attributes of a node's fields.

use quote::ToTokens;
use syn::{Attribute, ItemStruct, LitStr, Meta};

use super::attributes::with_path;
use super::conditions::{self, Conditions, Configuration};
use super::period;
use crate::errors::Errors;
use crate::model::Field;

/// Parses our attributes, and removes them from the fields. Returns a field whose attributes depend
/// on conditions once for each configuration.
pub(crate) fn fields(item: &mut ItemStruct, errors: &mut Errors) -> Vec<Field> {
    let members: Vec<_> = item.fields.members().collect();
    let mut fields = Vec::new();
    for (member, field) in members.into_iter().zip(&mut item.fields) {
        let name = member.to_token_stream().to_string();
        let name = name.trim_start_matches("r#");
        let mut conditions = Conditions::default();
        conditions.add(&field.attrs, &is_ours);
        for configuration in conditions.configurations(errors) {
            fields.push(read(field, name, &configuration, errors));
        }
        conditions::strip(&mut field.attrs, &is_ours);
    }
    fields
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("key") || attribute.path().is_ident("lease")
}

fn read(
    field: &syn::Field,
    name: &str,
    configuration: &Configuration,
    errors: &mut Errors,
) -> Field {
    let attributes = configuration.attributes(&field.attrs);
    let (keys, leases) = (
        with_path(&attributes, "key"),
        with_path(&attributes, "lease"),
    );
    for second in keys.iter().skip(1).chain(leases.iter().skip(1)) {
        let name = second.path().to_token_stream();
        errors.on(second, format_args!("duplicate `#[{name}]`"));
    }
    let cfgs: Vec<_> = with_path(&attributes, "cfg")
        .into_iter()
        .chain(configuration.cfgs())
        .collect();
    if let (None, Some(cfg)) = (&field.ident, cfgs.first()) {
        let message = "fields of a tuple struct can't depend on a `#[cfg]`: the indices of the \
                       others would change; use named fields";
        errors.on(cfg, message);
    }
    Field {
        ident: field.ident.clone(),
        name: name.to_owned(),
        ty: field.ty.clone(),
        cfgs,
        key: keys.first().and_then(|attribute| key(attribute, errors)),
        lease: leases
            .first()
            .and_then(|attribute| period::read(attribute, errors)),
    }
}

fn key(attribute: &Attribute, errors: &mut Errors) -> Option<LitStr> {
    let text = match &attribute.meta {
        Meta::List(list) => list.parse_args::<LitStr>().ok(),
        _ => None,
    };
    let text = text.filter(|text| !text.value().is_empty());
    if text.is_none() {
        errors.on(
            attribute,
            "expected a non-empty string literal: `#[key(\"...\")]`",
        );
    }
    text
}
