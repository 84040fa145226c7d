//! Writes the generated code, one file per thing that is written.
//!
//! Everything is named by its whole path, so that nothing a user has in scope, or lacks, matters.
//! Names of our own are hygienic: a parameter called `src` or `body` is never taken for ours.

mod answer;
mod client;
mod fallback;
mod message;
mod node;
mod reply;
mod request;
mod routing;
mod ticks;
mod with;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Item, Type};

use crate::errors::Errors;
use crate::{parse, types, validate};

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
            let message = "`#[handlers]` goes above an impl block; write `#[node]` above a struct";
            let error = syn::Error::new(Span::call_site(), message);
            return join([error.into_compile_error(), item]);
        }
        Err(error) => return join([error.into_compile_error(), item]),
    };
    let mut errors = Errors::default();
    let mael = parse::only_crate("handlers", arguments, &mut errors);
    let methods = parse::methods(&mut block, &mael, &mut errors);
    let rendered = match validate::handlers(&mael, &block, &methods, &mut errors) {
        Some(handlers) if errors.is_empty() => join([
            request::render(&handlers),
            reply::render(&handlers),
            client::render(&handlers),
            routing::render(&handlers),
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
    let mael = parse::only_crate("message", arguments, &mut errors);
    let rendered = match validate::message(&mael, &item, &mut errors) {
        Some(message) => message::render(&message),
        None => item.into_token_stream(),
    };
    join([errors.into_tokens(), rendered])
}

/// Expands an attribute of a method that no `#[handlers]` has read.
pub(crate) fn stray(attribute: &str, item: TokenStream) -> TokenStream {
    let message = format!(
        "`#[{attribute}]` is only allowed inside an `impl` block marked `#[handlers]`, under its own \
         name"
    );
    let error = syn::Error::new(Span::call_site(), message);
    join([error.into_compile_error(), item])
}

fn join<const N: usize>(parts: [TokenStream; N]) -> TokenStream {
    let parts = parts.iter();
    quote!(#(#parts)*)
}

/// A name of our own, which nothing of the user's can be taken for.
fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A call as if it began and ended where a type does, so that what is wrong with the type is
/// reported there.
fn at(ty: &Type, call: TokenStream) -> TokenStream {
    let (first, last) = types::ends(ty);
    let mut tokens: Vec<TokenTree> = types::at(first, call).into_iter().collect();
    if let Some(token) = tokens.last_mut() {
        token.set_span(last);
    }
    tokens.into_iter().collect()
}

/// The lints that say nothing about the user's code when they look at the types that are named
/// after a node: whether it and its types are public, how a field is written on the wire, which
/// requests nobody makes.
fn allowed_in_types() -> TokenStream {
    quote!(#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)])
}
