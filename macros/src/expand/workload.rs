//! Generates `impl Declaration` for a struct marked `#[workload]`, and `impl Operations` with the
//! types of the messages.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Fields;
use syn::ext::IdentExt;

use super::operations::{
    doc_text, draw, kebab, read_reply, read_request, types, unreachable_methods,
};
use super::tokens::hygienic;
use super::{marked, messages};
use crate::model::{Handlers, Names, Operations, Workload};

/// Generates the `Default` of the struct, and its flags.
pub(crate) fn workload(workload: &Workload<'_>) -> TokenStream {
    let Workload {
        item,
        arguments,
        flags,
    } = workload;
    let ident = &item.ident;
    let title = ident.unraw().to_string();
    let name = arguments.name.as_ref();
    let name = name.map_or_else(|| kebab(&title), syn::LitStr::value);
    let reuses_clients = arguments.reuses_clients.as_ref().map(|_| {
        quote!(
            const REUSES_CLIENTS: ::core::primitive::bool = true;
        )
    });
    let unhandled_errors = arguments.unhandled_errors.as_ref().map(|_| {
        quote!(
            const UNHANDLED_ERRORS: ::core::primitive::bool = true;
        )
    });
    let doc = doc_text(&item.attrs);
    let value = flags.iter().map(|flag| {
        let name = &flag.name;
        match &flag.default {
            Some(value) => quote!(#name: #value),
            None => quote!(#name: ::core::default::Default::default()),
        }
    });
    let value = match item.fields {
        Fields::Unit => quote!(Self),
        _ => quote!(Self { #(#value),* }),
    };
    let names: Vec<String> = flags
        .iter()
        .map(|flag| kebab(&flag.name.unraw().to_string()))
        .collect();
    let described = flags.iter().zip(&names).map(|(flag, name)| {
        let (field, doc) = (&flag.name, doc_text(&flag.docs));
        quote!(::mael_sim::declared::FlagType::new(#name, #doc, &self.#field))
    });
    let (flag, text, set_result) = (hygienic("flag"), hygienic("text"), hygienic("result"));
    let set = flags.iter().zip(&names).map(|(flag, name)| {
        let field = &flag.name;
        quote!(#name => ::mael_sim::declared::set(&mut self.#field, #text))
    });
    let methods = (!flags.is_empty()).then(|| {
        quote! {
                fn flags(&self) -> ::std::vec::Vec<::mael_sim::declared::FlagType> {
                    ::std::vec::Vec::from([#(#described),*])
                }

                fn set(
                    &mut self,
                    #flag: &::core::primitive::str,
                    #text: &::core::primitive::str,
                ) -> ::core::option::Option<
                    ::core::result::Result<(), ::std::string::String>,
                > {
                    let #set_result = match #flag {
                        #(#set,)*
                        _ => return ::core::option::Option::None,
                    };
                    ::core::option::Option::Some(#set_result)
                }
        }
    });
    quote! {
        impl ::core::default::Default for #ident {
            fn default() -> Self {
                #value
            }
        }

        impl ::mael_sim::declared::Declaration for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            const DOC: &'static ::core::primitive::str = #doc;
            #reuses_clients
            #unhandled_errors

            #methods
        }
    }
}

/// Generates the enums of all requests and replies, and `impl Operations`.
pub(crate) fn operations(operations: &Operations<'_>, handlers: &Handlers<'_>) -> TokenStream {
    let Operations {
        names,
        operations,
        checks,
        generate,
        replaced,
    } = operations;
    let (node, request, reply) = (names.node, &names.request, &names.reply);
    let enums = messages::of_workload(handlers);
    let types = types(operations);
    let draw = draw(operations, Some(quote!(&self,)));
    let read_request = read_request(operations, request);
    let read_reply = read_reply(operations, reply);
    let generate = generate.map(|method| marked::generate(method, operations, request));
    let judge = marked::judge(checks);
    let replaced = marked::replaced(replaced);
    quote! {
        #enums

        #[allow(non_snake_case)]
        impl ::mael_sim::declared::Operations for #node {
            type Request = #request;
            type Reply = #reply;

            fn operations(&self) -> ::std::vec::Vec<::mael_sim::declared::OperationType> {
                #types
            }

            #draw

            #generate

            #read_request

            #read_reply

            #judge

            #(#replaced)*
        }
    }
}

/// Generates an implementation that does nothing, in place of one that could not be generated.
pub(crate) fn fallback(handlers: &Handlers<'_>) -> TokenStream {
    let Names {
        node,
        request,
        reply,
        ..
    } = &handlers.names;
    let enums = messages::of_workload(handlers);
    let shared = unreachable_methods(Some(&quote!(&self)));
    quote! {
        #enums

        impl ::mael_sim::declared::Operations for #node {
            type Request = #request;
            type Reply = #reply;

            #shared

            fn read_request(
                _: &::core::primitive::str,
                _: ::mael::protocol::Body<'_>,
            ) -> ::core::option::Option<::mael::Result<Self::Request>> {
                ::core::unreachable!()
            }

            fn judge(
                &self,
                _: &::mael_sim::Options,
                _: &::mael_sim::declared::History,
            ) -> ::mael_sim::declared::Verdict {
                ::core::unreachable!()
            }
        }
    }
}
