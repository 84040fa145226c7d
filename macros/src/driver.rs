//! Expands one macro call: parses the item, validates it, and renders the generated code, or a
//! fallback if there are errors.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Item;

use crate::errors::Errors;
use crate::expand::{client, derives, dispatch, fallback, messages, node};
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
    let mut block = match syn::parse2(item.clone()) {
        Ok(Item::Impl(block)) => block,
        Ok(_) => {
            let message =
                "`#[handlers]` is only allowed on an `impl` block; use `#[node]` on a struct";
            let error = syn::Error::new(Span::call_site(), message);
            return join([error.into_compile_error(), item]);
        }
        Err(error) => return join([error.into_compile_error(), item]),
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
