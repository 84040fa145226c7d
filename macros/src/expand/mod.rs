//! Writes the generated code, one file per thing that is written.
//!
//! Everything is named by its whole path, so that nothing a user has in scope, or lacks, matters.
//! Names of our own are hygienic: a parameter called `src` or `body` is never taken for ours.

mod fallback;
mod node;
mod reply;
mod request;
mod routing;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Item;

use crate::errors::Errors;
use crate::{parse, validate};

/// Expands `#[node]`.
pub(crate) fn node(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item: Item = match syn::parse2(item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => return join([error.into_compile_error(), item]),
    };
    let mut errors = Errors::default();
    let rendered = match validate::node(&arguments, &item, &mut errors) {
        Some(node) if errors.is_empty() => node::render(&node),
        _ => fallback::node(&item),
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
    let methods = parse::methods(&mut block, &mut errors);
    let rendered = match validate::handlers(&arguments, &block, &methods, &mut errors) {
        Some(handlers) if errors.is_empty() => join([
            request::render(&handlers),
            reply::render(&handlers),
            routing::render(&handlers),
        ]),
        Some(handlers) => fallback::handlers(&block, &handlers.names),
        None => TokenStream::new(),
    };
    join([errors.into_tokens(), block.into_token_stream(), rendered])
}

/// Expands a `#[handler]` that no `#[handlers]` has read.
pub(crate) fn stray_handler(item: TokenStream) -> TokenStream {
    let message = "a handler stands in an impl block; write `#[handlers]` above that block";
    let error = syn::Error::new(Span::call_site(), message);
    join([error.into_compile_error(), item])
}

fn join<const N: usize>(parts: [TokenStream; N]) -> TokenStream {
    let parts = parts.iter();
    quote!(#(#parts)*)
}

/// The lints that say nothing about the user's code when they look at the enums: whether a node
/// and its types are public, how a field is written on the wire, which replies nobody reads.
fn allowed_in_enums() -> TokenStream {
    quote!(#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)])
}
