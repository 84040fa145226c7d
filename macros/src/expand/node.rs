//! `impl Node`: the struct is built from the `init` message.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::{Node, NodeField, Shape};

pub(super) fn render(node: &Node<'_>) -> TokenStream {
    let Node {
        name,
        shape,
        fields,
    } = node;
    let init = quote_spanned!(Span::mixed_site()=> init);
    let values = fields.iter().map(|field| value(field, &init));
    let value = match shape {
        Shape::Named => quote!(Self { #(#values,)* }),
        Shape::Tuple => quote!(Self(#(#values,)*)),
        Shape::Unit => quote!(Self),
    };
    let parameter = if fields.is_empty() {
        quote!(_)
    } else {
        init.clone()
    };
    quote! {
        impl ::mael::node::Node for #name {
            fn from_init(#parameter: &::mael::Init) -> ::mael::Result<Self> {
                ::core::result::Result::Ok(#value)
            }
        }
    }
}

/// One field and the call that builds it. The field's type is named, so that one that can't be
/// built is reported where the user wrote it.
fn value(field: &NodeField<'_>, init: &TokenStream) -> TokenStream {
    let NodeField {
        ident,
        name,
        ty,
        cfgs,
    } = field;
    let label = ident.map(|ident| quote!(#ident:));
    quote!(#(#cfgs)* #label <#ty as ::mael::FromInit>::from_init(#init, #name)?)
}
