//! The enum of all requests.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{BodyField, Handler, Handlers};

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let name = &handlers.names.request;
    let summary = format!(" Every request that a `{}` handles.", handlers.names.title);
    let variants = handlers.handlers.iter().map(variant);
    let allowed = super::allowed_in_enums();
    quote! {
        #[doc = #summary]
        #allowed
        pub enum #name {
            #(#variants,)*
        }
    }
}

/// A variant, documented as its handler is.
fn variant(handler: &Handler<'_>) -> TokenStream {
    let Handler {
        docs,
        cfgs,
        request_variant,
        ..
    } = handler;
    let generated = docs.is_empty().then(|| {
        let summary = format!(" A request of type `{}`.", handler.request_type.value());
        quote!(#[doc = #summary])
    });
    let fields = handler.fields().map(field);
    quote! {
        #(#docs)*
        #generated
        #(#cfgs)*
        #request_variant { #(#fields,)* }
    }
}

/// A field of a variant, as the reply's enum has them too.
pub(super) fn field(field: &BodyField<'_>) -> TokenStream {
    let BodyField { ident, name, ty } = field;
    let summary = format!(" The field `{name}`.");
    quote! {
        #[doc = #summary]
        #ident: #ty
    }
}
