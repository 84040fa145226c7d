//! The enum of all replies, and how each is written.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::hygienic;
use super::request::field;
use crate::model::{Handler, Handlers, Reply};
use crate::types;

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let (name, mael) = (&handlers.names.reply, handlers.names.mael);
    let summary = format!(" Every reply that a `{}` gives.", handlers.names.title);
    let replying = || handlers.handlers.iter().filter(|h| !h.is_oneway());
    let variants = replying().map(variant);
    let body = hygienic("body");
    let arms = replying().map(|handler| arm(handler, &body));
    let (parameter, matched) = if replying().next().is_some() {
        (quote!(#body), quote!(self))
    } else {
        (quote!(_), quote!(*self))
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

        impl #mael::wire::Encode for #name {
            fn encode(&self, #parameter: #mael::wire::BodyWriter<'_>) -> #mael::Result<()> {
                match #matched {
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
fn arm(handler: &Handler<'_>, body: &Ident) -> TokenStream {
    let (cfgs, variant) = (handler.task.cfgs, &handler.reply_variant);
    let reply_type = &handler.reply_type;
    let (pattern, fields) = match &handler.reply {
        Reply::Whole(ty) => {
            let value = Ident::new("reply", types::ends(ty).0);
            (quote!((#value)), quote!(.whole(#value)))
        }
        reply => {
            let fields = reply.fields();
            let idents = fields.iter().map(|field| &field.ident);
            let written = fields.iter().map(|field| {
                let (name, mut value) = (&field.name, field.ident.clone());
                value.set_span(value.span().located_at(types::ends(&field.ty).0));
                quote!(.field(#name, #value))
            });
            (quote!({ #(#idents),* }), quote!(#(#written)*))
        }
    };
    quote! {
        #(#cfgs)*
        Self::#variant #pattern => #body.message(#reply_type)#fields.end()
    }
}
