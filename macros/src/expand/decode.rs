//! `Handlers::decode`: from a body to the request that it holds.

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

/// What a field is read as: `delta`, `DefaultedField(delta)`, `Text(delta)`. A default that comes from a
/// function does not tell the type, so that the function is what is reported if it does not fit.
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
    let otherwise = match &default.function {
        Some(function) => quote!(unwrap_or_else(#function)),
        None => {
            let method = Ident::new("unwrap_or_default", default.key.span());
            quote!(#method())
        }
    };
    quote!(#ident: #ident #unwrap.#otherwise)
}
