//! Generates the derives of an item marked `#[message]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Generics, Ident, Item, LitStr, Path, parse_quote};

use crate::model::Message;

pub(crate) fn render(message: &Message<'_>) -> TokenStream {
    let Message { mael, item, .. } = message;
    let (name, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(_) => return derived(message),
        Item::Union(item) => return unreachable(item, &item.ident, &item.generics, mael),
        _ => return item.into_token_stream(),
    };
    let derived = derived(message);
    let whole = whole(name, generics, mael);
    quote!(#derived #whole)
}

/// The item with serde's derives. They use the serde that `mael` re-exports, so that the user's
/// crate does not need to depend on it.
fn derived(message: &Message<'_>) -> TokenStream {
    let Message {
        mael,
        item,
        derives,
    } = message;
    if derives.is_empty() {
        return item.into_token_stream();
    }
    let derives = derives
        .iter()
        .map(|name| Ident::new(name, Span::call_site()));
    let serde = quote!(#mael::serde);
    let path = LitStr::new(&serde.to_string().replace(' ', ""), Span::call_site());
    quote! {
        #[derive(#(#serde::#derives),*)]
        #[serde(crate = #path)]
        #item
    }
}

/// `impl MessageBody`, for a type that can be a whole body.
fn whole(name: &Ident, generics: &Generics, mael: &Path) -> TokenStream {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(Self: #mael::serde::Serialize + #mael::serde::de::DeserializeOwned));
    }
    let (parameters, arguments, condition) = generics.split_for_impl();
    quote! {
        impl #parameters #mael::MessageBody for #name #arguments #condition {}
    }
}

/// Implementations in place of the derives, where these would report a second error.
fn unreachable(item: impl ToTokens, name: &Ident, generics: &Generics, mael: &Path) -> TokenStream {
    let mut reading = generics.clone();
    reading.params.insert(0, parse_quote!('de));
    let (reading, _, _) = reading.split_for_impl();
    let (parameters, arguments, condition) = generics.split_for_impl();
    let whole = whole(name, generics, mael);
    quote! {
        #item

        impl #parameters #mael::serde::Serialize for #name #arguments #condition {
            fn serialize<S: #mael::serde::Serializer>(
                &self,
                _: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::core::unreachable!()
            }
        }

        impl #reading #mael::serde::Deserialize<'de> for #name #arguments #condition {
            fn deserialize<D: #mael::serde::Deserializer<'de>>(
                _: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::core::unreachable!()
            }
        }

        #whole
    }
}
