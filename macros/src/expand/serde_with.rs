//! The type that stands for a parameter on the wire, when a module of the user's reads and writes
//! it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Path, Type};

use crate::model::With;

/// Its declaration, with how it is read.
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

/// Its declaration, with how it is written.
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

/// A function of the user's module, which is reported at the name of the module if it is missing.
fn function(with: &With<'_>, name: &str) -> TokenStream {
    let module = with.module;
    let end = module.segments.last().map(|last| last.ident.span());
    let name = Ident::new(name, end.unwrap_or_else(Span::call_site));
    quote!(#module::#name)
}
