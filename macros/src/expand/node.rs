//! `impl Node`: the struct is built from the `init` message.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::{Node, NodeField, Shape};
use crate::types;

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

/// One field and the call that builds it, which bears the span of the field's type so that a type
/// that can't be built is reported there.
fn value(field: &NodeField<'_>, init: &TokenStream) -> TokenStream {
    let NodeField {
        ident,
        name,
        ty,
        cfgs,
    } = field;
    let (first, last) = types::ends(ty);
    let path = quote_spanned!(first=> ::mael::FromInit::);
    let function = quote_spanned!(last=> from_init);
    let label = ident.map(|ident| quote!(#ident:));
    quote!(#(#cfgs)* #label #path #function(#init, #name)?)
}
