//! Tokens that several parts of the generated code have in common.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::Type;

use crate::types;

/// A name of our own, which nothing of the user's can be taken for.
pub(super) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A call as if it began and ended where a type does, so that what is wrong with the type is
/// reported there.
pub(super) fn at(ty: &Type, call: TokenStream) -> TokenStream {
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
pub(super) fn allowed_in_types() -> TokenStream {
    quote!(#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)])
}
