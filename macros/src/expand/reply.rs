//! The enum of all replies, and how each is written.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::request::field;
use crate::model::{Handler, Handlers};
use crate::types;

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let name = &handlers.names.reply;
    let summary = format!(" Every reply that a `{}` gives.", handlers.names.title);
    let variants = handlers.handlers.iter().map(variant);
    let body = quote_spanned!(Span::mixed_site()=> body);
    let arms = handlers.handlers.iter().map(|handler| arm(handler, &body));
    let allowed = super::allowed_in_enums();
    quote! {
        #[doc = #summary]
        #allowed
        pub enum #name {
            #(#variants,)*
        }

        impl ::mael::wire::Encode for #name {
            fn encode(&self, #body: ::mael::wire::BodyWriter<'_>) -> ::mael::Result<()> {
                match self {
                    #(#arms,)*
                }
            }
        }
    }
}

fn variant(handler: &Handler<'_>) -> TokenStream {
    let Handler {
        cfgs,
        reply_variant,
        ..
    } = handler;
    let summary = format!(
        " The reply to a request of type `{}`.",
        handler.request_type.value()
    );
    let fields = handler.outcome.field.iter().map(field);
    quote! {
        #[doc = #summary]
        #(#cfgs)*
        #reply_variant { #(#fields,)* }
    }
}

/// How one variant is written. The value bears the span of its type, so that a type that can't be
/// written is reported there.
fn arm(handler: &Handler<'_>, body: &TokenStream) -> TokenStream {
    let Handler {
        cfgs,
        reply_variant,
        reply_type,
        ..
    } = handler;
    let (pattern, field) = match &handler.outcome.field {
        None => (None, None),
        Some(field) => {
            let (name, pattern) = (&field.name, &field.ident);
            let mut value = pattern.clone();
            value.set_span(types::ends(field.ty).0);
            (Some(pattern), Some(quote!(.field(#name, #value))))
        }
    };
    quote! {
        #(#cfgs)*
        Self::#reply_variant { #pattern } => #body.message(#reply_type)#field.end()
    }
}
