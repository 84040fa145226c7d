//! `impl Handlers`: from a body to a request, from a request to the method that answers it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

use super::{answer, hygienic, ticks, with};
use crate::model::{Borrows, Content, Fallback, Handler, Handlers, Names, Parameter, With};

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let names = &handlers.names;
    let Names {
        node,
        mael,
        request: request_enum,
        reply: reply_enum,
        ..
    } = names;
    let (body, kind, request) = (hygienic("body"), hygienic("kind"), hygienic("request"));
    let (types, oneway) = (types(handlers), oneway(handlers));
    let decode_arms = handlers
        .handlers
        .iter()
        .map(|handler| decode_arm(handler, names, &body));
    let (long, short) = if handlers.borrows() {
        (Some(quote!(<'a>)), Some(quote!(<'_>)))
    } else {
        (None, None)
    };
    let handle = answer::handle(handlers, &quote!(#request_enum #short));
    let set_up = handlers.inits.iter().map(|init| answer::set_up(init, mael));
    let start = ticks::start(handlers);
    quote! {
        #[allow(non_snake_case)]
        impl #mael::node::Handlers for #node {
            type Request<'a> = #request_enum #long;
            type Reply = #reply_enum;

            const TYPES: &'static [&'static ::core::primitive::str] = &[#(#types),*];
            #oneway

            fn decode<'a>(
                #kind: &::core::primitive::str,
                #body: #mael::protocol::Body<'a>,
            ) -> ::core::option::Option<#mael::Result<#request_enum #long>> {
                let #request = match #kind {
                    #(#decode_arms,)*
                    _ => return ::core::option::Option::None,
                };
                ::core::option::Option::Some(#request)
            }

            #handle
            #(#set_up)*
            #start
        }
    }
}

fn types<'a>(handlers: &'a Handlers<'_>) -> impl Iterator<Item = TokenStream> + 'a {
    handlers.handlers.iter().map(request_type)
}

/// The types whose handlers send nothing back.
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
    let (cfgs, request_type) = (handler.task.cfgs, handler.request_type);
    quote!(#(#cfgs)* #request_type)
}

/// `"add" => body.fields(["delta"]).map(|(delta,)| CounterRequest::Add { delta })`
fn decode_arm(handler: &Handler<'_>, names: &Names<'_>, body: &Ident) -> TokenStream {
    let (cfgs, request_type) = (handler.task.cfgs, handler.request_type);
    let (request_enum, variant) = (&names.request, &handler.request_variant);
    let fields = match handler.content() {
        Content::Fields(fields) => fields,
        Content::Whole(_) => {
            let whole = Ident::new("whole", handler.parameters_span);
            return quote! {
                #(#cfgs)*
                #request_type => #body.#whole().map(#request_enum::#variant)
            };
        }
    };
    let keys = fields.iter().map(|parameter| &parameter.field.name);
    let patterns = fields.iter().map(|p| pattern(p, names.mael));
    let values = fields.iter().map(|p| value(p, names.mael));
    let method = if handler.travels_typed() {
        "values"
    } else {
        "fields"
    };
    let method = Ident::new(method, handler.parameters_span);
    let read = quote! {
        #body
            .#method([#(#keys),*])
            .map(|(#(#patterns,)*)| #request_enum::#variant { #(#values),* })
    };
    let mut declarations = fields
        .iter()
        .filter_map(|field| {
            Some(with::read(
                field.with.as_ref()?,
                &field.field.ty,
                names.mael,
            ))
        })
        .peekable();
    let read = if declarations.peek().is_some() {
        quote!({ #(#declarations)* #read })
    } else {
        read
    };
    quote! {
        #(#cfgs)*
        #request_type => #read
    }
}

/// What a field is read as: `delta`, `Maybe(delta)`, `Text(delta)`. A default that comes from a
/// function does not tell the type, so that the function is what is reported if it does not fit.
fn pattern(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let (ident, ty) = (&parameter.field.ident, &parameter.field.ty);
    match &parameter.default {
        Some(Fallback { function: None, .. }) => quote!(#mael::protocol::Maybe(#ident)),
        Some(_) if wrapped(parameter) => quote!(#mael::protocol::Maybe(#ident)),
        Some(_) => quote!(#mael::protocol::Maybe::<#ty>(#ident)),
        None => unwrapped(parameter, mael),
    }
}

/// Whether a field is read as something that holds it.
fn wrapped(parameter: &Parameter<'_>) -> bool {
    parameter.with.is_some() || matches!(parameter.borrows, Some(Borrows::Text))
}

/// The pattern of a field that is there.
fn unwrapped(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let ident = &parameter.field.ident;
    match (parameter.borrows, &parameter.with) {
        (Some(Borrows::Text), _) => quote!(#mael::protocol::Text(#ident)),
        (_, Some(With { wrapper, .. })) => quote!(#wrapper(#ident)),
        _ => quote!(#ident),
    }
}

/// The field of the variant: `delta`, or `delta: delta.unwrap_or_default()`. What may be wrong with
/// a default is reported at the key that asks for it.
fn value(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let ident = &parameter.field.ident;
    let Some(default) = &parameter.default else {
        return quote!(#ident);
    };
    let unwrap = wrapped(parameter).then(|| {
        let pattern = unwrapped(parameter, mael);
        quote!(.map(|#pattern| #ident))
    });
    let otherwise = match default.function {
        Some(function) => quote!(unwrap_or_else(#function)),
        None => {
            let method = Ident::new("unwrap_or_default", default.key.span());
            quote!(#method())
        }
    };
    quote!(#ident: #ident #unwrap.#otherwise)
}
