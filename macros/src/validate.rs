//! The rules: each is an `if` and a sentence at the token that breaks it, saying what to write.
//!
//! What passes becomes the [`model`](crate::model).

mod handler;
mod names;
mod node;
mod parameter;
mod reply;

use proc_macro2::TokenStream;
use syn::{Generics, ItemImpl};

use crate::errors::Errors;
use crate::model::{Handlers, Node};
use crate::parse::Method;
use crate::types;

/// The keys that the protocol reserves in every body.
const RESERVED_FIELDS: [&str; 3] = ["type", "msg_id", "in_reply_to"];

/// Checks a `#[node]`.
pub(crate) fn node<'a>(
    arguments: &TokenStream,
    item: &'a syn::Item,
    errors: &mut Errors,
) -> Option<Node<'a>> {
    if !arguments.is_empty() {
        errors.on(
            arguments,
            "`#[node]` takes no arguments; write just `#[node]`",
        );
    }
    node::check(item, errors)
}

/// Checks a `#[handlers]`.
pub(crate) fn handlers<'a>(
    arguments: &TokenStream,
    block: &'a ItemImpl,
    methods: &'a [Method],
    errors: &mut Errors,
) -> Option<Handlers<'a>> {
    if !arguments.is_empty() {
        errors.on(
            arguments,
            "`#[handlers]` takes no arguments; write just `#[handlers]`",
        );
    }
    if let Some((path, _)) = &block.trait_ {
        let message = "handlers are methods of the node itself; write `impl` without a trait";
        errors.on(path, message);
        return None;
    }
    refuse_generics(&block.generics, errors);
    let Some(names) = names::of_node(&block.self_ty) else {
        errors.on(
            &block.self_ty,
            "write the name of the struct that is marked with `#[node]`",
        );
        return None;
    };
    if types::path(&block.self_ty).is_some_and(has_arguments) && block.generics.params.is_empty() {
        errors.on(
            &block.self_ty,
            "a node can't be generic; write a struct without parameters",
        );
    }
    if methods.is_empty() && errors.is_empty() {
        let message = "there is no handler here; write `#[handler(type = \"...\")]` above a method";
        errors.on(&block.self_ty, message);
    }
    let handlers = methods
        .iter()
        .filter_map(|method| handler::check(method, errors))
        .collect();
    names::refuse_twice(methods, errors);
    Some(Handlers { names, handlers })
}

fn has_arguments(path: &syn::Path) -> bool {
    path.segments
        .iter()
        .any(|segment| !segment.arguments.is_none())
}

/// Refuses generics on a node, which has to be one type for the program to run.
fn refuse_generics(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        let message = "a node can't be generic; write the types out and remove these parameters";
        errors.on(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        errors.on(
            clause,
            "a node can't be generic; remove this `where` clause",
        );
    }
}
