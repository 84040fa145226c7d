//! Generates `impl Handlers`, which deserializes requests and calls the methods that handle them.

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::hygienic;
use super::{decode, handle, timers};
use crate::model::{Handler, Handlers, Names};

pub(crate) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let names = &handlers.names;
    let Names {
        node,
        mael,
        request: request_enum,
        reply: reply_enum,
        ..
    } = names;
    let (body, msg_type, request) = (hygienic("body"), hygienic("msg_type"), hygienic("request"));
    let (types, oneway) = (types(handlers), oneway(handlers));
    let decode_arms = handlers
        .handlers
        .iter()
        .map(|handler| decode::arm(handler, names, &body));
    let (long, short) = if handlers.borrows() {
        (Some(quote!(<'a>)), Some(quote!(<'_>)))
    } else {
        (None, None)
    };
    let handle = handle::handle(handlers, &quote!(#request_enum #short));
    let on_init = handlers
        .inits
        .iter()
        .map(|init| handle::on_init(init, mael));
    let start = timers::start(handlers);
    quote! {
        #[allow(non_snake_case)]
        impl #mael::node::Handlers for #node {
            type Request<'a> = #request_enum #long;
            type Reply = #reply_enum;

            const TYPES: &'static [&'static ::core::primitive::str] = &[#(#types),*];
            #oneway

            fn decode<'a>(
                #msg_type: &::core::primitive::str,
                #body: #mael::protocol::Body<'a>,
            ) -> ::core::option::Option<#mael::Result<#request_enum #long>> {
                let #request = match #msg_type {
                    #(#decode_arms,)*
                    _ => return ::core::option::Option::None,
                };
                ::core::option::Option::Some(#request)
            }

            #handle
            #(#on_init)*
            #start
        }
    }
}

fn types<'a>(handlers: &'a Handlers<'_>) -> impl Iterator<Item = TokenStream> + 'a {
    handlers.handlers.iter().map(request_type)
}

/// The message types of `oneway` handlers.
fn oneway(handlers: &Handlers<'_>) -> Option<TokenStream> {
    let mut types = handlers
        .handlers
        .iter()
        .filter(|handler| handler.is_oneway())
        .map(request_type)
        .peekable();
    types.peek()?;
    Some(quote!(const ONEWAY: &'static [&'static ::core::primitive::str] = &[#(#types),*];))
}

fn request_type(handler: &Handler<'_>) -> TokenStream {
    let (cfgs, request_type) = (handler.method.cfgs, handler.request_type);
    quote!(#(#cfgs)* #request_type)
}
