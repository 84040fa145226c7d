//! Parses the arguments of `#[workload]`, `#[operations]` and `#[specification]`, and the flags of
//! a workload.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, ItemStruct, LitStr};

use super::arguments::{self, MetaItem, MetaValue, fill, meta_items};
use super::attributes::{take, with_path};
use crate::errors::Errors;
use crate::model::{FlagField, WorkloadArguments};

/// The arguments of `#[specification]`.
#[derive(Default)]
pub(crate) struct SpecificationArguments {
    pub(crate) name: Option<LitStr>,
    /// `linearizable`, `sequential` or `convergent`.
    pub(crate) consistency: Option<Ident>,
}

/// Parses the arguments of `#[specification]`.
pub(crate) fn specification(arguments: TokenStream, errors: &mut Errors) -> SpecificationArguments {
    let mut read = SpecificationArguments::default();
    for item in meta_items(arguments) {
        match item.name().as_str() {
            "name" => fill(&mut read.name, &item, errors, MetaItem::text),
            "linearizable" | "sequential" | "convergent" => {
                fill(&mut read.consistency, &item, errors, MetaItem::flag);
            }
            _ => errors.on(
                &item.tokens,
                "unknown argument; expected `linearizable`, `sequential`, `convergent` or \
                 `name = \"...\"`",
            ),
        }
    }
    read
}

/// Parses the arguments of `#[workload]`.
pub(crate) fn workload(arguments: TokenStream, errors: &mut Errors) -> WorkloadArguments {
    let mut read = WorkloadArguments::default();
    for item in meta_items(arguments) {
        match item.name().as_str() {
            "name" => fill(&mut read.name, &item, errors, MetaItem::text),
            "reuses_clients" => fill(&mut read.reuses_clients, &item, errors, MetaItem::flag),
            "unhandled_errors" => fill(&mut read.unhandled_errors, &item, errors, MetaItem::flag),
            _ => errors.on(
                &item.tokens,
                "unknown argument; expected `name = \"...\"`, `reuses_clients` or \
                 `unhandled_errors`",
            ),
        }
    }
    read
}

/// Parses the flags of a workload, and removes their attributes.
pub(crate) fn flags(item: &mut ItemStruct, errors: &mut Errors) -> Vec<FlagField> {
    let mut flags = Vec::new();
    for field in &mut item.fields {
        let marks = take(&mut field.attrs, |it| it.path().is_ident("arg"));
        let Some(name) = &field.ident else {
            let message = "a workload needs named fields, which become its flags";
            errors.on(&field.ty, message);
            continue;
        };
        let (mut long, mut default) = (None, None);
        for item in marks
            .iter()
            .map(arguments::of_attribute)
            .flat_map(meta_items)
        {
            match item.name().as_str() {
                "long" => fill(&mut long, &item, errors, MetaItem::flag),
                "default_value_t" => fill(&mut default, &item, errors, default_value),
                _ => errors.on(
                    &item.tokens,
                    "unknown argument; expected `long` or `default_value_t = ...`",
                ),
            }
        }
        flags.push(FlagField {
            name: name.clone(),
            docs: with_path(&field.attrs, "doc"),
            default,
        });
    }
    flags
}

fn default_value(item: &MetaItem, errors: &mut Errors) -> Option<Expr> {
    let value = match &item.value {
        MetaValue::Assigned(tokens) => syn::parse2(tokens.clone()).ok(),
        _ => None,
    };
    if value.is_none() {
        errors.on(&item.tokens, "expected a value: `default_value_t = 5`");
    }
    value
}
