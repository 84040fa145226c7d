//! Generates the wrapper type of a parameter with `#[serde(with = "...")]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Path, Type};

use crate::model::With;

/// The wrapper with `Deserialize`.
pub(super) fn read(with: &With<'_>, ty: &Type, mael: &Path) -> TokenStream {
    let (wrapper, deserialize) = (&with.wrapper, function(with, "deserialize"));
    quote! {
        struct #wrapper(#ty);

        impl<'de> #mael::serde::Deserialize<'de> for #wrapper {
            fn deserialize<D: #mael::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                #deserialize(deserializer).map(Self)
            }
        }
    }
}

/// The wrapper with `Serialize`.
pub(super) fn write(with: &With<'_>, ty: &Type, mael: &Path) -> TokenStream {
    let (wrapper, serialize) = (&with.wrapper, function(with, "serialize"));
    quote! {
        struct #wrapper(#ty);

        impl #mael::serde::Serialize for #wrapper {
            fn serialize<S: #mael::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #serialize(&self.0, serializer)
            }
        }
    }
}

/// A function of the user's module. If it is missing, the compiler reports that at the module's
/// path.
fn function(with: &With<'_>, name: &str) -> TokenStream {
    let module = with.module;
    let end = module.segments.last().map(|last| last.ident.span());
    let name = Ident::new(name, end.unwrap_or_else(Span::call_site));
    quote!(#module::#name)
}
