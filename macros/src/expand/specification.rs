//! Generates `impl Specification`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ItemImpl;

use super::operations::{doc_text, draw, kebab, read_reply, types, unreachable_methods};
use crate::model::Specification;

pub(crate) fn render(specification: &Specification<'_>) -> TokenStream {
    let Specification {
        names,
        name,
        docs,
        consistency,
        operations,
    } = specification;
    let node = names.node;
    let name = name.map_or_else(|| kebab(&names.title), syn::LitStr::value);
    let doc = doc_text(docs);
    let consistency = match consistency.map(Ident::to_string).as_deref() {
        Some("sequential") => "Sequential",
        Some("convergent") => "Convergent",
        _ => "Linearizable",
    };
    let consistency = Ident::new(consistency, Span::call_site());
    let types = types(operations);
    let draw = draw(operations, None);
    let read_reply = read_reply(operations, &names.reply);
    quote! {
        #[allow(non_snake_case)]
        impl ::mael_sim::declared::Specification for #node {
            const NAME: &'static ::core::primitive::str = #name;
            const DOC: &'static ::core::primitive::str = #doc;
            const CONSISTENCY: ::mael_sim::declared::Consistency =
                ::mael_sim::declared::Consistency::#consistency;

            fn operations() -> ::std::vec::Vec<::mael_sim::declared::OperationType> {
                #types
            }

            #draw

            #read_reply
        }
    }
}

/// Generates an implementation that does nothing, in place of one that could not be generated.
pub(crate) fn fallback(block: &ItemImpl) -> TokenStream {
    let node = &block.self_ty;
    let shared = unreachable_methods(None);
    quote! {
        impl ::mael_sim::declared::Specification for #node {
            const NAME: &'static ::core::primitive::str = "";
            const DOC: &'static ::core::primitive::str = "";
            const CONSISTENCY: ::mael_sim::declared::Consistency =
                ::mael_sim::declared::Consistency::Linearizable;

            #shared
        }
    }
}
