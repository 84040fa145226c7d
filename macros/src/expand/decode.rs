//! Generates `Handlers::decode`, which deserializes requests.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

use super::serde_with;
use crate::model::{Borrows, Content, DefaultValue, Handler, Names, Parameter, With};

/// `"add" => body.fields(["delta"]).map(|(delta,)| CounterRequest::Add { delta })`
pub(super) fn arm(handler: &Handler<'_>, names: &Names<'_>, body: &Ident) -> TokenStream {
    let (cfgs, request_type) = (handler.method.cfgs, handler.request_type);
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
    let method = Ident::new("fields", handler.parameters_span);
    let read = quote! {
        #body
            .#method([#(#keys),*])
            .map(|(#(#patterns,)*)| #request_enum::#variant { #(#values),* })
    };
    let mut declarations = fields
        .iter()
        .filter_map(|field| {
            Some(serde_with::read(
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

/// The pattern that a field is deserialized as: `delta`, `DefaultedField(delta)` or `Text(delta)`.
/// For a default function the type is written out, so that the compiler reports a function of
/// another type at the function.
fn pattern(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let (ident, ty) = (&parameter.field.ident, &parameter.field.ty);
    match &parameter.default {
        Some(DefaultValue { function: None, .. }) => {
            quote!(#mael::protocol::DefaultedField(#ident))
        }
        Some(_) if wrapped(parameter) => quote!(#mael::protocol::DefaultedField(#ident)),
        Some(_) => quote!(#mael::protocol::DefaultedField::<#ty>(#ident)),
        None => unwrapped(parameter, mael),
    }
}

/// Whether a field is deserialized as a wrapper type.
fn wrapped(parameter: &Parameter<'_>) -> bool {
    parameter.with.is_some() || matches!(parameter.borrows, Some(Borrows::Text))
}

/// The pattern of a field without a default.
fn unwrapped(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let ident = &parameter.field.ident;
    match (parameter.borrows, &parameter.with) {
        (Some(Borrows::Text), _) => quote!(#mael::protocol::Text(#ident)),
        (_, Some(With { wrapper, .. })) => quote!(#wrapper(#ident)),
        _ => quote!(#ident),
    }
}

/// The field of the variant: `delta`, or `delta: delta.unwrap_or_default()`. Errors about a default
/// are reported at the argument `default`.
fn value(parameter: &Parameter<'_>, mael: &Path) -> TokenStream {
    let ident = &parameter.field.ident;
    let Some(default) = &parameter.default else {
        return quote!(#ident);
    };
    let unwrap = wrapped(parameter).then(|| {
        let pattern = unwrapped(parameter, mael);
        quote!(.map(|#pattern| #ident))
    });
    let otherwise = match &default.function {
        Some(function) => quote!(unwrap_or_else(#function)),
        None => {
            let method = Ident::new("unwrap_or_default", default.key.span());
            quote!(#method())
        }
    };
    quote!(#ident: #ident #unwrap.#otherwise)
}
