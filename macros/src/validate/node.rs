//! Checks the structs marked `#[node]`.

use proc_macro2::Span;
use syn::{Fields, Item, ItemStruct};

use super::generics;
use crate::errors::Errors;
use crate::model::{Field, Node, Shape};
use crate::parse::NodeArguments;

/// Checks a `#[node]`.
pub(crate) fn check<'a>(
    arguments: &'a NodeArguments,
    item: &'a Item,
    fields: &'a [Field],
    errors: &mut Errors,
) -> Option<Node<'a>> {
    let message = "`#[node]` is only allowed on a struct; make this type a field of one";
    match item {
        Item::Struct(item) => {
            generics::reject(&item.generics, errors);
            Some(model(arguments, item, fields))
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
            let message =
                "`#[node]` is only allowed on a struct; use `#[handlers]` on its `impl` block";
            errors.at(Span::call_site(), message);
            None
        }
        _ => {
            errors.at(Span::call_site(), "`#[node]` is only allowed on a struct");
            None
        }
    }
}

fn model<'a>(arguments: &'a NodeArguments, item: &'a ItemStruct, fields: &'a [Field]) -> Node<'a> {
    Node {
        name: &item.ident,
        mael: &arguments.mael,
        deadline_ms: arguments.deadline_ms,
        rpc_timeout_ms: arguments.rpc_timeout_ms,
        shape: match item.fields {
            Fields::Named(_) => Shape::Named,
            Fields::Unnamed(_) => Shape::Tuple,
            Fields::Unit => Shape::Unit,
        },
        fields,
    }
}
