//! What may be a node: a struct that is one type.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, Fields, Item, ItemStruct};

use super::refuse_generics;
use crate::errors::Errors;
use crate::model::{Node, NodeField, Shape};

pub(super) fn check<'a>(item: &'a Item, errors: &mut Errors) -> Option<Node<'a>> {
    let message = "a node is a struct; write `struct` and keep this as one of its fields";
    match item {
        Item::Struct(item) => {
            refuse_generics(&item.generics, errors);
            Some(model(item))
        }
        Item::Enum(item) => {
            errors.on(item.enum_token, message);
            None
        }
        Item::Union(item) => {
            errors.on(item.union_token, message);
            None
        }
        Item::Impl(_) => {
            let message = "`#[node]` goes above the struct; write `#[handlers]` above its impl";
            errors.at(Span::call_site(), message);
            None
        }
        _ => {
            errors.at(
                Span::call_site(),
                "a node is a struct; write `#[node]` above a `struct`",
            );
            None
        }
    }
}

fn model(item: &ItemStruct) -> Node<'_> {
    let shape = match item.fields {
        Fields::Named(_) => Shape::Named,
        Fields::Unnamed(_) => Shape::Tuple,
        Fields::Unit => Shape::Unit,
    };
    let is_cfg = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    let fields = item
        .fields
        .members()
        .zip(&item.fields)
        .map(|(member, field)| NodeField {
            ident: field.ident.as_ref(),
            name: member
                .to_token_stream()
                .to_string()
                .trim_start_matches("r#")
                .to_owned(),
            ty: &field.ty,
            cfgs: field.attrs.iter().filter(is_cfg).collect(),
        })
        .collect();
    Node {
        name: &item.ident,
        shape,
        fields,
    }
}
