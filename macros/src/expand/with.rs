//! The type that stands for a parameter on the wire, when a module of the user's reads and writes
//! it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Path;

use crate::model::{Handler, Parameter};

/// Its name, under which nothing else is likely to be known.
pub(super) fn name(handler: &Handler<'_>, parameter: &Parameter<'_>) -> Ident {
    format_ident!(
        "With{}_{}",
        handler.request_variant,
        parameter.field.ident,
        span = proc_macro2::Span::call_site()
    )
}

/// Its declaration, with how it is read.
pub(super) fn read(name: &Ident, parameter: &Parameter<'_>, mael: &Path) -> Option<TokenStream> {
    let (deserialize, ty) = (function(parameter, "deserialize")?, &parameter.field.ty);
    Some(quote! {
        struct #name(#ty);

        impl<'de> #mael::serde::Deserialize<'de> for #name {
            fn deserialize<D: #mael::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                #deserialize(deserializer).map(Self)
            }
        }
    })
}

/// Its declaration, with how it is written.
pub(super) fn write(name: &Ident, parameter: &Parameter<'_>, mael: &Path) -> Option<TokenStream> {
    let (serialize, ty) = (function(parameter, "serialize")?, &parameter.field.ty);
    Some(quote! {
        struct #name(#ty);

        impl #mael::serde::Serialize for #name {
            fn serialize<S: #mael::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #serialize(&self.0, serializer)
            }
        }
    })
}

/// A function of the user's module, which is reported at the name of the module if it is missing.
fn function(parameter: &Parameter<'_>, name: &str) -> Option<TokenStream> {
    let module = parameter.with?;
    let name = Ident::new(name, module.segments.last()?.ident.span());
    Some(quote!(#module::#name))
}
