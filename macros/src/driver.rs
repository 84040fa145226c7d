//! Expands one macro call: parses the item, validates it, and renders the generated code, or a
//! fallback if there are errors.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Item, ItemImpl, parse_quote};

use crate::errors::Errors;
use crate::expand::{client, derives, dispatch, fallback, messages, node, specification, workload};
use crate::{parse, validate};

/// Expands `#[node]`.
pub(crate) fn node(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item: Item = match syn::parse2(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => return join([error.into_compile_error(), item]),
    };
    let mut errors = Errors::default();
    let arguments = parse::node(arguments, &mut errors);
    let fields = match &mut item {
        Item::Struct(item) => parse::fields(item, &mut errors),
        _ => Vec::new(),
    };
    let rendered = match validate::node(&arguments, &item, &fields, &mut errors) {
        Some(node) if errors.is_empty() => node::render(&node),
        _ => fallback::node(&arguments.mael, &item),
    };
    join([errors.into_tokens(), item.into_token_stream(), rendered])
}

/// Expands `#[handlers]`.
pub(crate) fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut block = match impl_block(item, "handlers", "use `#[node]` on a struct") {
        Ok(block) => block,
        Err(error) => return error,
    };
    let mut errors = Errors::default();
    let mael = parse::only_crate(arguments, &mut errors);
    let methods = parse::methods(&mut block, &mael, &mut errors);
    let rendered = match validate::handlers(&mael, &block, &methods, &mut errors) {
        Some(handlers) if errors.is_empty() => join([
            messages::request(&handlers),
            messages::reply(&handlers),
            client::render(&handlers),
            dispatch::render(&handlers),
        ]),
        Some(handlers) => fallback::handlers(&block, &handlers.names, &methods),
        None => TokenStream::new(),
    };
    join([errors.into_tokens(), block.into_token_stream(), rendered])
}

/// Expands `#[message]`.
pub(crate) fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item: Item = match syn::parse2(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => return join([error.into_compile_error(), item]),
    };
    let mut errors = Errors::default();
    let mael = parse::only_crate(arguments, &mut errors);
    let rendered = match validate::message(&mael, &item, &mut errors) {
        Some(message) => derives::render(&message),
        None => item.into_token_stream(),
    };
    join([errors.into_tokens(), rendered])
}

/// Expands `#[specification]`. The handlers are left to `#[handlers]`.
pub(crate) fn specification(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut block = match impl_block(item, "specification", "write it above `#[handlers]`") {
        Ok(block) => block,
        Err(error) => return error,
    };
    let mut errors = Errors::default();
    let arguments = parse::specification(arguments, &mut errors);
    let marks = parse::marks(&mut block, "handler", &mut errors);
    if !block.attrs.iter().any(|it| is_named(it, "handlers")) {
        let message = "a specification has handlers; write `#[specification]` above `#[handlers]`";
        errors.on(&block.self_ty, message);
    }
    // `#[handlers]` reports the errors in the handlers.
    let (mut handlers_errors, mael) = (Errors::default(), parse_quote!(::mael));
    let methods = parse::methods(&mut block.clone(), &mael, &mut handlers_errors);
    let handlers = validate::handlers(&mael, &block, &methods, &mut handlers_errors);
    let rendered = match handlers.filter(|_| handlers_errors.is_empty()) {
        Some(handlers) => {
            let model = validate::specification(
                &arguments,
                &block,
                &methods,
                &handlers,
                &marks,
                &mut errors,
            );
            if errors.is_empty() {
                specification::render(&model)
            } else {
                specification::fallback(&block)
            }
        }
        None => specification::fallback(&block),
    };
    join([errors.into_tokens(), block.into_token_stream(), rendered])
}

/// Expands `#[workload]`.
pub(crate) fn workload(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut item: Item = match syn::parse2(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => return join([error.into_compile_error(), item]),
    };
    let mut errors = Errors::default();
    let arguments = parse::workload(arguments, &mut errors);
    let flags = match &mut item {
        Item::Struct(item) => parse::flags(item, &mut errors),
        _ => Vec::new(),
    };
    let rendered = match validate::workload(&arguments, &item, &flags, &mut errors) {
        Some(model) => workload::workload(&model),
        None => TokenStream::new(),
    };
    let derives = quote!(#[derive(::core::clone::Clone, ::core::fmt::Debug)]);
    join([
        errors.into_tokens(),
        derives,
        item.into_token_stream(),
        rendered,
    ])
}

/// Expands `#[operations]`.
pub(crate) fn operations(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut block = match impl_block(item, "operations", "use `#[workload]` on a struct") {
        Ok(block) => block,
        Err(error) => return error,
    };
    let mut errors = Errors::default();
    if !arguments.is_empty() {
        errors.on(arguments, "`#[operations]` takes no arguments");
    }
    let mael = parse_quote!(::mael);
    let mut declared = parse::operations(&mut block, &mut errors);
    let checks = parse::checks(&mut block, &mut errors);
    let marks = parse::marks(&mut declared, "operation", &mut errors);
    let methods = parse::methods(&mut declared, &mael, &mut errors);
    if methods.is_empty() && errors.is_empty() {
        let message = "no operations found; declare at least one: `#[operation] fn read(&self);`";
        errors.on(&block.self_ty, message);
    }
    let rendered = match validate::handlers(&mael, &declared, &methods, &mut errors) {
        Some(handlers) => {
            let model = validate::operations(&block, &handlers, &marks, &checks, &mut errors);
            if errors.is_empty() {
                workload::operations(&model, &handlers)
            } else {
                workload::fallback(&handlers)
            }
        }
        None => TokenStream::new(),
    };
    join([errors.into_tokens(), block.into_token_stream(), rendered])
}

/// Returns the `impl` block that an attribute is on, or an error if it is on another item.
fn impl_block(item: TokenStream, attribute: &str, advice: &str) -> Result<ItemImpl, TokenStream> {
    match syn::parse2(item.clone()) {
        Ok(Item::Impl(block)) => Ok(block),
        Ok(_) => {
            let message = format!("`#[{attribute}]` is only allowed on an `impl` block; {advice}");
            let error = syn::Error::new(Span::call_site(), message);
            Err(join([error.into_compile_error(), item]))
        }
        Err(error) => Err(join([error.into_compile_error(), item])),
    }
}

fn is_named(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == name)
}

/// Expands an attribute of a method that is outside of a `#[handlers]` block.
pub(crate) fn misplaced(attribute: &str, item: TokenStream) -> TokenStream {
    let message = format!(
        "`#[{attribute}]` is only allowed inside an `impl` block marked `#[handlers]`, and can't be \
         renamed by `use`"
    );
    let error = syn::Error::new(Span::call_site(), message);
    join([error.into_compile_error(), item])
}

fn join<const N: usize>(parts: [TokenStream; N]) -> TokenStream {
    let parts = parts.iter();
    quote!(#(#parts)*)
}
