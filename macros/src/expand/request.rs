//! The enum of all requests.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{BodyField, Content, Handler, Handlers};

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let name = &handlers.names.request;
    let summary = format!(" Every request that a `{}` handles.", handlers.names.title);
    let lifetime = handlers.borrows().then(|| quote!(<'a>));
    let variants = handlers.handlers.iter().map(variant);
    let allowed = super::allowed_in_types();
    quote! {
        #[doc = #summary]
        #allowed
        pub enum #name #lifetime {
            #(#variants,)*
        }
    }
}

/// A variant, documented as its handler is.
fn variant(handler: &Handler<'_>) -> TokenStream {
    let (cfgs, variant) = (handler.task.cfgs, &handler.request_variant);
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

/// The documentation of a handler, or something to say if there is none.
pub(super) fn docs(handler: &Handler<'_>, what: &str) -> TokenStream {
    let docs = handler.docs;
    let generated = docs.is_empty().then(|| {
        let summary = format!(" {what} of type `{}`.", handler.request_type.value());
        quote!(#[doc = #summary])
    });
    quote!(#(#docs)* #generated)
}

/// A field of a variant, as the reply's enum has them too.
pub(super) fn field(field: &BodyField) -> TokenStream {
    let BodyField { ident, name, ty } = field;
    let summary = format!(" The field `{name}`.");
    quote! {
        #[doc = #summary]
        #ident: #ty
    }
}
