//! Generates a fallback when errors were reported: items that type-check but do nothing, so that
//! the compiler does not report follow-on errors.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Generics, Ident, Item, ItemImpl, Path, ReturnType, Type, parse_quote};

use super::client;
use crate::model::Names;
use crate::parse::{Method, Parameter, Role};
use crate::types;

/// `impl Node`, for any item that can implement a trait.
pub(crate) fn node(mael: &Path, item: &Item) -> TokenStream {
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
        impl #parameters #mael::node::Node for #name #arguments #condition {
            fn check_args(
                _: &#mael::Environment,
            ) -> #mael::Result<(), #mael::StartupError> {
                ::core::unreachable!()
            }

            fn from_init(_: &#mael::Init) -> #mael::Result<Self> {
                ::core::unreachable!()
            }
        }
    }
}

/// Enums without variants, `impl Handlers`, and a client whose methods have the right signatures.
pub(crate) fn handlers(block: &ItemImpl, names: &Names<'_>, methods: &[Method]) -> TokenStream {
    let Names {
        node,
        mael,
        title,
        request,
        reply,
        ..
    } = names;
    let request_summary = format!(" Every request handled by `{title}`.");
    let reply_summary = format!(" Every reply sent by `{title}`.");
    let mut generics = block.generics.clone();
    if !generics.params.is_empty() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(Self: #mael::node::Node));
    }
    let (parameters, _, condition) = generics.split_for_impl();
    let mut taken = HashSet::new();
    let stubs: TokenStream = methods
        .iter()
        .filter(|m| !m.cfgs.is_empty() || taken.insert(m.signature.ident.unraw()))
        .filter_map(|method| stub(method, mael))
        .collect();
    let client = client::declaration(names, &generics, &stubs, |name| {
        methods.iter().any(|method| method.signature.ident == name)
    });
    quote! {
        #[doc = #request_summary]
        pub enum #request {}

        #[doc = #reply_summary]
        pub enum #reply {}

        impl #mael::protocol::Encode for #reply {
            fn encode(&self, _: #mael::protocol::BodyWriter<'_>) -> #mael::Result<()> {
                match *self {}
            }
        }

        #client

        impl #parameters #mael::node::Handlers for #node #condition {
            type Request<'a> = #request;
            type Reply = #reply;

            const TYPES: &'static [&'static ::core::primitive::str] = &[];

            fn decode<'a>(
                _: &::core::primitive::str,
                _: #mael::protocol::Body<'a>,
            ) -> ::core::option::Option<#mael::Result<#request>> {
                ::core::option::Option::None
            }

            fn handle(
                self: &::std::rc::Rc<Self>,
                _: &#mael::protocol::Name<'_>,
                request: #request,
            ) -> #mael::node::Response<#reply> {
                match request {}
            }
        }
    }
}

/// A client method, with a signature as close to the real one as possible, so that its callers
/// compile.
fn stub(method: &Method, mael: &Path) -> Option<TokenStream> {
    let Role::Handler(attribute) = &method.role else {
        return None;
    };
    let (ident, cfgs) = (&method.signature.ident, &method.cfgs);
    let is_sent = |parameter: &&Parameter| parameter.senders.is_empty();
    let parameters = method.parameters.iter().filter(is_sent).map(|parameter| {
        let ty = &parameter.ty;
        if is_plain(ty) {
            quote!(_: #ty)
        } else {
            quote!(_: impl ::core::marker::Sized)
        }
    });
    let returned = if attribute.oneway.is_some() {
        quote!(#mael::call::OneWay<#mael::call::Named<()>>)
    } else {
        let reply = match value(method).filter(|ty| is_plain(ty) && !types::is_unit(ty)) {
            Some(ty) => quote!(#mael::call::One<#ty>),
            None => quote!(#mael::call::Empty),
        };
        quote!(#mael::Call<#mael::call::Named<()>, #reply>)
    };
    Some(quote! {
        #[doc(hidden)]
        #(#cfgs)*
        pub fn #ident(&self, #(#parameters),*) -> #returned {
            ::core::unreachable!()
        }
    })
}

/// The return type of a method, or the `Ok` type if that is a `Result`.
fn value(method: &Method) -> Option<&Type> {
    let ReturnType::Type(_, ty) = &method.signature.output else {
        return None;
    };
    if types::is_result(ty) {
        types::first_argument(ty)
    } else {
        Some(ty)
    }
}

/// Whether a type has the same meaning outside of the method.
fn is_plain(ty: &Type) -> bool {
    !types::mentions(ty, "impl")
        && !types::mentions(ty, "Self")
        && !types::has_reference(ty)
        && !types::borrows(ty)
}
