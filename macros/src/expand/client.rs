//! Generates the client, which has a method for each handler.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Generics, Path};

use super::tokens::{allowed_in_types, hygienic, spanned_at};
use super::{messages, serde_with};
use crate::model::{Content, Fallible, Handler, Handlers, Names, Parameter, Reply, With};

pub(crate) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let mael = handlers.names.mael;
    let mut taken = HashSet::new();
    // The compiler reports methods with the same name, and should do so only once.
    let methods: TokenStream = handlers
        .handlers
        .iter()
        .filter(|h| !h.method.cfgs.is_empty() || taken.insert(h.method.ident.unraw()))
        .map(|handler| method(handler, mael))
        .collect();
    declaration(&handlers.names, &Generics::default(), &methods, |name| {
        let mut names = handlers.handlers.iter().map(|h| h.method.ident);
        names.any(|method| method == name)
    })
}

/// The client with these methods. It also has the method `id`, unless it `has` one of that name.
pub(super) fn declaration(
    names: &Names<'_>,
    generics: &Generics,
    methods: &TokenStream,
    has: impl Fn(&str) -> bool,
) -> TokenStream {
    let Names {
        node,
        mael,
        title,
        client,
        ..
    } = names;
    let (parameters, _, condition) = generics.split_for_impl();
    let peer = hygienic("peer");
    let summary = format!(" Calls the handlers of `{title}` on another node.");
    let allowed = allowed_in_types();
    let id = (!has("id")).then(|| {
        quote! {
            /// The ID of the node.
            #[must_use]
            pub fn id(&self) -> &#mael::NodeId {
                self.0.id()
            }
        }
    });
    quote! {
        #[doc = #summary]
        #allowed
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        pub struct #client(#mael::Peer);

        #allowed
        impl #client {
            #id
            #methods
        }

        impl #parameters #mael::node::Callable for #node #condition {
            type Client = #client;

            fn client(#peer: #mael::Peer) -> #client {
                #client(#peer)
            }
        }
    }
}

fn method(handler: &Handler<'_>, mael: &Path) -> TokenStream {
    let (cfgs, method, msg_type) = (
        handler.method.cfgs,
        handler.method.ident,
        handler.request_type,
    );
    let docs = messages::docs(handler, "Makes a request");
    let lifetime = handler.borrows().then(|| quote!(<'a>));
    let Arguments {
        parameters,
        declarations,
        types,
        values,
    } = arguments(handler, mael);
    let (returned, body) = if handler.is_oneway() {
        let body = quote!(self.0.one_way(#msg_type, #values));
        (quote!(#mael::call::OneWay<#types>), body)
    } else {
        let (reply, names) = reply(&handler.reply, mael);
        let body = quote!(self.0.call(#msg_type, #values, &[#(#names),*]));
        let mut returned = quote!(#mael::Call<#types, #reply>);
        // If the type is not a `Result`, the compiler reports it here.
        if let (Some(Fallible::ByAttribute), Some(ty)) = (handler.fallible, handler.method.returned)
        {
            returned = spanned_at(ty, returned);
        }
        (returned, body)
    };
    quote! {
        #docs
        #(#cfgs)*
        pub fn #method #lifetime(&self, #parameters) -> #returned {
            #declarations
            #body
        }
    }
}

/// The parameters of a client method, and how they are passed on.
struct Arguments {
    parameters: TokenStream,
    declarations: TokenStream,
    types: TokenStream,
    values: TokenStream,
}

fn arguments(handler: &Handler<'_>, mael: &Path) -> Arguments {
    let fields = match handler.content() {
        Content::Fields(fields) => fields,
        Content::Whole(body) => {
            let (ident, ty) = (&body.ident, &body.ty);
            return Arguments {
                parameters: quote!(#ident: #ty),
                declarations: TokenStream::new(),
                types: quote!(#mael::call::Whole<#ty>),
                values: quote!(#mael::call::Whole(#ident)),
            };
        }
    };
    let parameters = fields.iter().map(|parameter| {
        let (ident, ty) = (&parameter.field.ident, &parameter.field.ty);
        quote!(#ident: #ty)
    });
    let declarations = fields.iter().filter_map(|field| {
        Some(serde_with::write(
            field.with.as_ref()?,
            &field.field.ty,
            mael,
        ))
    });
    let types = fields.iter().map(|field| ty(field, mael));
    let names = fields.iter().map(|parameter| &parameter.field.name);
    let values = fields.iter().map(|parameter| value(parameter));
    Arguments {
        parameters: quote!(#(#parameters),*),
        declarations: declarations.collect(),
        types: quote!(#mael::call::Named<(#(#types,)*)>),
        values: quote!(#mael::call::Named(&[#(#names),*], (#(#values,)*))),
    }
}

fn ty(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let ty = &parameter.field.ty;
    match &parameter.with {
        Some(_) => quote!(impl #mael::serde::Serialize + use<>),
        None => quote!(#ty),
    }
}

fn value(parameter: &Parameter<'_>) -> TokenStream {
    let ident = &parameter.field.ident;
    match &parameter.with {
        Some(With { wrapper, .. }) => quote!(#wrapper(#ident)),
        None => quote!(#ident),
    }
}

/// The type that a reply is deserialized as, and the names of its fields.
fn reply(reply: &Reply, mael: &Path) -> (TokenStream, Vec<String>) {
    let fields = reply.fields();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let ty = match reply {
        Reply::OneWay | Reply::Empty => quote!(#mael::call::Empty),
        Reply::One(_) => quote!(#mael::call::One<#(#types)*>),
        Reply::Several(_) => quote!(#mael::call::Several<(#(#types,)*)>),
        Reply::Whole(ty) => quote!(#mael::call::Whole<#ty>),
    };
    (ty, fields.iter().map(|field| field.name.clone()).collect())
}
