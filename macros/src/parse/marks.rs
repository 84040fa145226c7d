//! Parses what a workload declares about its operations, and removes it from the methods: arguments
//! of the attribute, and the attributes `#[draw(...)]` and `#[key]` of parameters.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, LitInt, Meta, Pat, Path, TraitItemFn,
    parse_quote,
};

use super::arguments::{self, MetaItem, MetaValue, fill, meta_items};
use super::attributes::take;
use crate::errors::Errors;
use crate::model::{Marks, ParameterMarks};

/// Parses the methods marked with `attribute`. A method keeps the arguments of a handler, as
/// `#[handler(...)]`.
pub(crate) fn marks(block: &mut ItemImpl, attribute: &str, errors: &mut Errors) -> Vec<Marks> {
    let functions = block.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    functions
        .filter_map(|function| of_function(function, attribute, errors))
        .collect()
}

/// Removes the operations from a block: methods marked `#[operation]`, which have no body.
pub(crate) fn operations(block: &mut ItemImpl, errors: &mut Errors) -> ItemImpl {
    let mut operations = block.clone();
    operations.items.clear();
    for item in std::mem::take(&mut block.items) {
        let declared = match &item {
            ImplItem::Verbatim(tokens) => syn::parse2::<TraitItemFn>(tokens.clone()).ok(),
            ImplItem::Fn(function) if function.attrs.iter().any(is_operation) => {
                let message = "operations can't have a body, because nodes implement them; write \
                               `;`";
                errors.on(&function.block, message);
                continue;
            }
            _ => None,
        };
        let Some(declared) = declared else {
            block.items.push(item);
            continue;
        };
        if !declared.attrs.iter().any(is_operation) {
            let message = "a method without a body is an operation; mark it with `#[operation]`";
            errors.on(&declared.sig.ident, message);
            continue;
        }
        let (attributes, signature) = (declared.attrs, declared.sig);
        operations
            .items
            .push(parse_quote!(#(#attributes)* #signature {}));
    }
    operations
}

fn is_operation(attribute: &Attribute) -> bool {
    attribute.path().is_ident("operation")
}

fn of_function(function: &mut ImplItemFn, attribute: &str, errors: &mut Errors) -> Option<Marks> {
    let mark = function.attrs.iter_mut().find(|mark| {
        mark.path()
            .segments
            .last()
            .is_some_and(|it| it.ident == attribute)
    })?;
    let mut marks = Marks {
        method: function.sig.ident.clone(),
        weight: None,
        read_only: None,
        overwrites: None,
        commutes: None,
        setup: None,
        finally: None,
        unmarked: false,
        record: None,
        value: None,
        parameters: Vec::new(),
    };
    let of_specification = attribute == "handler";
    let mut rest = Vec::new();
    for item in meta_items(arguments::of_attribute(mark)) {
        match item.name().as_str() {
            "weight" => fill(&mut marks.weight, &item, errors, weight),
            "read_only" => fill(&mut marks.read_only, &item, errors, MetaItem::flag),
            "overwrites" if of_specification => {
                fill(&mut marks.overwrites, &item, errors, MetaItem::flag);
            }
            "commutes" if of_specification => {
                fill(&mut marks.commutes, &item, errors, MetaItem::flag);
            }
            "setup" if !of_specification => {
                fill(&mut marks.setup, &item, errors, MetaItem::flag);
            }
            "finally" if !of_specification && is_unmarked(&item) => {
                marks.unmarked = true;
                fill(&mut marks.finally, &item, errors, |item, _| {
                    item.key.clone()
                });
            }
            "finally" => fill(&mut marks.finally, &item, errors, MetaItem::flag),
            "record" if !of_specification => fill(&mut marks.record, &item, errors, function_path),
            "value" => fill(&mut marks.value, &item, errors, MetaItem::text),
            "type" | "reply" | "reply_type" => rest.push(item.tokens),
            // `#[handlers]` reports unknown arguments.
            _ if of_specification => rest.push(item.tokens),
            _ => errors.on(
                &item.tokens,
                "unknown argument; expected `type`, `reply`, `reply_type`, `value`, `record`, \
                 `weight`, `read_only`, `setup` or `finally`",
            ),
        }
    }
    let path = mark.path().to_token_stream();
    let path = if of_specification {
        path
    } else {
        quote!(handler)
    };
    mark.meta = match &mark.meta {
        Meta::NameValue(_) => mark.meta.clone(),
        _ if rest.is_empty() => parse_quote!(#path),
        _ => parse_quote!(#path(#(#rest),*)),
    };
    for input in &mut function.sig.inputs {
        if let FnArg::Typed(typed) = input {
            let draws = take(&mut typed.attrs, |it| it.path().is_ident("draw"));
            let keys = take(&mut typed.attrs, |it| it.path().is_ident("key"));
            for second in draws.iter().skip(1).chain(keys.iter().skip(1)) {
                let name = second.path().to_token_stream();
                errors.on(second, format_args!("duplicate `#[{name}]`"));
            }
            let Pat::Ident(name) = &*typed.pat else {
                continue;
            };
            marks.parameters.push(ParameterMarks {
                name: name.ident.clone(),
                draw: draws.first().and_then(|it| draw(it, errors)),
                key: keys.first().and_then(|it| key(it, errors)),
            });
        }
    }
    Some(marks)
}

/// Returns whether an item is `finally(unmarked)`.
fn is_unmarked(item: &MetaItem) -> bool {
    matches!(&item.value, MetaValue::List(list) if list.to_string() == "unmarked")
}

fn function_path(item: &MetaItem, errors: &mut Errors) -> Option<Path> {
    let path = match &item.value {
        MetaValue::Assigned(tokens) => syn::parse2::<Path>(tokens.clone()).ok(),
        _ => None,
    };
    if path.is_none() {
        errors.on(
            &item.tokens,
            "expected a function: `record = without_nulls`",
        );
    }
    path
}

fn weight(item: &MetaItem, errors: &mut Errors) -> Option<u32> {
    let number = match &item.value {
        MetaValue::Assigned(tokens) => syn::parse2::<LitInt>(tokens.clone()).ok(),
        _ => None,
    };
    let weight = number.and_then(|number| number.base10_parse().ok());
    if weight.is_none() {
        errors.on(
            &item.tokens,
            "expected an integer of at least 0: `weight = 2`",
        );
    }
    weight
}

/// Parses the strategy of a parameter, and replaces `unique` by its path.
fn draw(attribute: &Attribute, errors: &mut Errors) -> Option<TokenStream> {
    let tokens = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    if syn::parse2::<syn::Expr>(tokens.clone()).is_err() {
        let message = "expected a strategy: `#[draw(0..5)]`, `#[draw([\"a\", \"b\"])]` or \
                       `#[draw(unique)]`";
        errors.on(attribute, message);
        return None;
    }
    Some(unique(tokens))
}

fn unique(tokens: TokenStream) -> TokenStream {
    let mut follows_path = false;
    let replace = |token: TokenTree| {
        let after = std::mem::replace(&mut follows_path, false);
        match token {
            TokenTree::Ident(ident) if ident == "unique" && !after => {
                let path = quote::quote_spanned!(ident.span()=> ::mael_sim::declared::Unique);
                return path;
            }
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), unique(group.stream()));
                inner.set_span(group.span());
                return TokenTree::Group(inner).into();
            }
            TokenTree::Punct(ref punct) => follows_path = matches!(punct.as_char(), ':' | '.'),
            _ => {}
        }
        token.into()
    };
    tokens.into_iter().map(replace).collect()
}

fn key(attribute: &Attribute, errors: &mut Errors) -> Option<Attribute> {
    if matches!(attribute.meta, Meta::Path(_)) {
        return Some(attribute.clone());
    }
    errors.on(
        attribute,
        "`#[key]` takes no arguments here; write `#[key]`",
    );
    None
}
