//! What is written in place of the real code where a mistake is reported: empty, but well typed,
//! so that the compiler does not report a second error because of the first.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Item, ItemImpl, parse_quote};

use crate::model::Names;

/// `impl Node` for anything that can have it.
pub(super) fn node(item: &Item) -> TokenStream {
    let (name, generics): (&Ident, &Generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        Item::Union(item) => (&item.ident, &item.generics),
        _ => return TokenStream::new(),
    };
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(Self: 'static));
    }
    let (parameters, arguments, condition) = generics.split_for_impl();
    quote! {
        impl #parameters ::mael::node::Node for #name #arguments #condition {
            fn from_init(_: &::mael::Init) -> ::mael::Result<Self> {
                ::core::unreachable!()
            }
        }
    }
}

/// Enums without variants, and `impl Handlers` with them.
pub(super) fn handlers(block: &ItemImpl, names: &Names<'_>) -> TokenStream {
    let Names {
        node,
        title,
        request,
        reply,
    } = names;
    let request_summary = format!(" Every request that a `{title}` handles.");
    let reply_summary = format!(" Every reply that a `{title}` gives.");
    let mut generics = block.generics.clone();
    if !generics.params.is_empty() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(Self: ::mael::node::Node));
    }
    let (parameters, _, condition) = generics.split_for_impl();
    quote! {
        #[doc = #request_summary]
        pub enum #request {}

        #[doc = #reply_summary]
        pub enum #reply {}

        impl ::mael::wire::Encode for #reply {
            fn encode(&self, _: ::mael::wire::BodyWriter<'_>) -> ::mael::Result<()> {
                match *self {}
            }
        }

        impl #parameters ::mael::node::Handlers for #node #condition {
            type Request<'a> = #request;
            type Reply = #reply;

            const TYPES: &'static [&'static str] = &[];

            fn decode<'a>(
                _: &str,
                _: ::mael::wire::Body<'a>,
            ) -> ::core::option::Option<::mael::Result<#request>> {
                ::core::option::Option::None
            }

            fn handle(
                self: &::std::rc::Rc<Self>,
                _: &str,
                request: #request,
            ) -> ::mael::node::Answer<#reply> {
                match request {}
            }
        }
    }
}
