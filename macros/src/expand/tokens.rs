//! Helpers for the tokens of generated code.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::Type;

use crate::types;

/// An identifier of the generated code that never clashes with one of the user's.
pub(super) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The tokens of a call with the span of a type, so that errors about the type are reported there.
pub(super) fn spanned_at(ty: &Type, call: TokenStream) -> TokenStream {
    let (first, last) = types::ends(ty);
    let mut tokens: Vec<TokenTree> = types::respanned(first, call).into_iter().collect();
    if let Some(token) = tokens.last_mut() {
        token.set_span(last);
    }
    tokens.into_iter().collect()
}

/// Allows lints on generated types that the user can't do anything about: they depend on the
/// visibility of the node and its types, on names on the wire, and on which requests are used.
pub(super) fn allowed_in_types() -> TokenStream {
    quote!(#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)])
}
