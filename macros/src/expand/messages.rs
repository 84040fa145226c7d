//! Generates the enums of all requests and of all replies, and `Encode` for replies.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

use super::tokens::{allowed_in_types, hygienic, spanned_at};
use crate::model::{BodyField, Content, Handler, Handlers, Reply};
use crate::types;

/// The enum of all requests.
pub(crate) fn request(handlers: &Handlers<'_>) -> TokenStream {
    let summary = format!(" Every request handled by `{}`.", handlers.names.title);
    request_enum(handlers, &summary, None)
}

/// Generates the enums of all requests and replies of a workload.
pub(super) fn of_workload(handlers: &Handlers<'_>) -> TokenStream {
    let title = &handlers.names.title;
    let derives = quote!(#[derive(
        ::core::clone::Clone,
        ::core::fmt::Debug,
        ::core::cmp::PartialEq,
    )]);
    let summary = format!(" Every request of `{title}`.");
    let request = request_enum(handlers, &summary, Some(&derives));
    let summary = format!(" Every reply to a request of `{title}`.");
    let reply = reply_enum(handlers, &summary, Some(&derives));
    quote!(#request #reply)
}

fn request_enum(
    handlers: &Handlers<'_>,
    summary: &str,
    derives: Option<&TokenStream>,
) -> TokenStream {
    let name = &handlers.names.request;
    let lifetime = handlers.borrows().then(|| quote!(<'a>));
    let variants = handlers.handlers.iter().map(request_variant);
    let allowed = allowed_in_types();
    quote! {
        #[doc = #summary]
        #derives
        #allowed
        pub enum #name #lifetime {
            #(#variants,)*
        }
    }
}

/// A variant, with the documentation of its handler.
fn request_variant(handler: &Handler<'_>) -> TokenStream {
    let (cfgs, variant) = (handler.method.cfgs, &handler.request_variant);
    let docs = docs(handler, "A request");
    let content = match handler.content() {
        Content::Whole(body) => {
            let ty = &body.ty;
            quote!((#ty))
        }
        Content::Fields(parameters) => {
            let fields = parameters.iter().map(|parameter| field(&parameter.field));
            quote!({ #(#fields,)* })
        }
    };
    quote! {
        #docs
        #(#cfgs)*
        #variant #content
    }
}

/// The enum of all replies, and its `Encode` implementation.
pub(crate) fn reply(handlers: &Handlers<'_>) -> TokenStream {
    let (name, mael) = (&handlers.names.reply, handlers.names.mael);
    let summary = format!(" Every reply sent by `{}`.", handlers.names.title);
    let reply_enum = reply_enum(handlers, &summary, None);
    let replying = || handlers.handlers.iter().filter(|h| !h.is_oneway());
    let body = hygienic("body");
    // An enum that may have no variants can only be matched by value.
    let has_variant = replying().any(|handler| handler.method.cfgs.is_empty());
    let (reply, by) = if has_variant {
        (quote!(self), None)
    } else {
        (quote!(*self), Some(quote!(ref)))
    };
    let arms = replying().map(|handler| written(handler, by.as_ref(), &body, mael));
    let parameter = match replying().next() {
        Some(_) => quote!(#body),
        None => quote!(_),
    };
    quote! {
        #reply_enum

        impl #mael::protocol::Encode for #name {
            fn encode(&self, #parameter: #mael::protocol::BodyWriter<'_>) -> #mael::Result<()> {
                match #reply {
                    #(#arms,)*
                }
            }
        }
    }
}

fn reply_enum(
    handlers: &Handlers<'_>,
    summary: &str,
    derives: Option<&TokenStream>,
) -> TokenStream {
    let name = &handlers.names.reply;
    let replying = handlers.handlers.iter().filter(|h| !h.is_oneway());
    let variants = replying.map(reply_variant);
    let allowed = allowed_in_types();
    // Most variants end in `Ok`.
    quote! {
        #[doc = #summary]
        #derives
        #[allow(clippy::enum_variant_names)]
        #allowed
        pub enum #name {
            #(#variants,)*
        }
    }
}

fn reply_variant(handler: &Handler<'_>) -> TokenStream {
    let (cfgs, variant) = (handler.method.cfgs, &handler.reply_variant);
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

/// The match arm that serializes one variant. A value has the span of its type, so that the
/// compiler reports a type that can't be serialized there.
fn written(
    handler: &Handler<'_>,
    by: Option<&TokenStream>,
    body: &Ident,
    mael: &Path,
) -> TokenStream {
    let (cfgs, variant) = (handler.method.cfgs, &handler.reply_variant);
    let reply_type = &handler.reply_type;
    let (pattern, written) = match &handler.reply {
        Reply::Whole(ty) => {
            let value = Ident::new("reply", types::ends(ty).0);
            let written = quote!(#body.message(#reply_type).whole(#value).end());
            (quote!((#by #value)), written)
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
            // The macro rejects a `Result`, which is then reported at the return type.
            if let Some(ty) = handler.method.returned {
                written = spanned_at(ty, written);
            }
            (quote!({ #(#by #idents),* }), written)
        }
    };
    quote! {
        #(#cfgs)*
        Self::#variant #pattern => #written
    }
}

/// The documentation of a handler, or a generated sentence if there is none.
pub(super) fn docs(handler: &Handler<'_>, what: &str) -> TokenStream {
    let docs = handler.docs;
    let generated = docs.is_empty().then(|| {
        let summary = format!(" {what} of type `{}`.", handler.request_type.value());
        quote!(#[doc = #summary])
    });
    quote!(#(#docs)* #generated)
}

/// A field of a variant.
fn field(field: &BodyField) -> TokenStream {
    let BodyField { ident, name, ty } = field;
    let summary = format!(" The field `{name}`.");
    quote! {
        #[doc = #summary]
        #ident: #ty
    }
}
