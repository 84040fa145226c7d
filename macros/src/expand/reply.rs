//! The enum of all replies, and how each is written.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

use super::request::field;
use super::{at, hygienic};
use crate::model::{Handler, Handlers, Reply};
use crate::types;

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let (name, mael) = (&handlers.names.reply, handlers.names.mael);
    let summary = format!(" Every reply that a `{}` gives.", handlers.names.title);
    let replying = || handlers.handlers.iter().filter(|h| !h.is_oneway());
    let variants = replying().map(variant);
    let body = hygienic("body");
    let arms = replying().map(|handler| arm(handler, &body, mael));
    let parameter = match replying().next() {
        Some(_) => quote!(#body),
        None => quote!(_),
    };
    let allowed = super::allowed_in_types();
    // Most of them end in `Ok`.
    quote! {
        #[doc = #summary]
        #[allow(clippy::enum_variant_names)]
        #allowed
        pub enum #name {
            #(#variants,)*
        }

        impl #mael::protocol::IntoBody for #name {
            fn into_body(self, #parameter: #mael::protocol::BodyWriter<'_>) -> #mael::Result<()> {
                match self {
                    #(#arms,)*
                }
            }
        }
    }
}

fn variant(handler: &Handler<'_>) -> TokenStream {
    let (cfgs, variant) = (handler.task.cfgs, &handler.reply_variant);
    let summary = format!(
        " The reply to a request of type `{}`.",
        handler.request_type.value()
    );
    let content = match &handler.reply {
        Reply::Whole(ty) => quote!((#ty)),
        reply => {
            let fields = reply.fields().iter().map(field);
            quote!({ #(#fields,)* })
        }
    };
    quote! {
        #[doc = #summary]
        #(#cfgs)*
        #variant #content
    }
}

/// How one variant is written. A value bears the span of its type, so that a type that can't be
/// written is reported there.
fn arm(handler: &Handler<'_>, body: &Ident, mael: &Path) -> TokenStream {
    let (cfgs, variant) = (handler.task.cfgs, &handler.reply_variant);
    let reply_type = &handler.reply_type;
    let (pattern, written) = match &handler.reply {
        Reply::Whole(ty) => {
            let value = Ident::new("reply", types::ends(ty).0);
            let written = quote!(#body.message(#reply_type).whole(#value).end());
            (quote!((#value)), written)
        }
        reply => {
            let fields = reply.fields();
            let idents = fields.iter().map(|field| &field.ident);
            let written = fields.iter().map(|field| {
                let (name, mut value) = (&field.name, field.ident.clone());
                value.set_span(value.span().located_at(types::ends(&field.ty).0));
                quote!(, #name = #value)
            });
            let mut written = quote!(#mael::reply!(#body, #reply_type #(#written)*));
            // Where the macro refuses a `Result`, the type is where to look.
            if let Some(ty) = handler.task.returned {
                written = at(ty, written);
            }
            (quote!({ #(#idents),* }), written)
        }
    };
    quote! {
        #(#cfgs)*
        Self::#variant #pattern => #written
    }
}
