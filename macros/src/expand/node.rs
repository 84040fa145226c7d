//! Generates `impl Node`, which builds the struct from the `init` message.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Path;

use super::tokens::{hygienic, spanned_at};
use crate::model::{Field, Node, Shape, Unit};

pub(crate) fn render(node: &Node<'_>) -> TokenStream {
    let Node {
        name,
        mael,
        shape,
        fields,
        ..
    } = node;
    let (env, init) = (hygienic("env"), hygienic("init"));
    let checks = fields.iter().map(|field| {
        let Field { ty, cfgs, .. } = field;
        quote!(#(#cfgs)* <#ty as #mael::FromInit>::check_args(#env)?;)
    });
    let values = fields.iter().map(|field| value(field, mael, &init));
    let value = match shape {
        Shape::Named => quote!(Self { #(#values,)* }),
        Shape::Tuple => quote!(Self(#(#values,)*)),
        Shape::Unit => quote!(Self),
    };
    let parameter = |ident: &Ident| {
        if fields.is_empty() {
            quote!(_)
        } else {
            quote!(#ident)
        }
    };
    let (env_parameter, init_parameter) = (parameter(&env), parameter(&init));
    let constants = constants(node);
    quote! {
        impl #mael::node::Node for #name {
            #constants

            fn check_args(
                #env_parameter: &#mael::Environment,
            ) -> #mael::Result<(), #mael::StartupError> {
                #(#checks)*
                #mael::Result::Ok(())
            }

            fn from_init(#init_parameter: &#mael::Init) -> #mael::Result<Self> {
                #mael::Result::Ok(#value)
            }
        }
    }
}

/// The durations that `#[node(...)]` sets.
fn constants(node: &Node<'_>) -> TokenStream {
    let times = [
        ("DEADLINE", node.deadline_ms),
        ("RPC_TIMEOUT", node.rpc_timeout_ms),
    ];
    times
        .into_iter()
        .filter_map(|(name, milliseconds)| {
            let name = Ident::new(name, Span::call_site());
            let milliseconds = milliseconds?;
            Some(quote! {
                const #name: ::core::time::Duration =
                    ::core::time::Duration::from_millis(#milliseconds);
            })
        })
        .collect()
}

/// The initializer of a field. It has the span of the field's type, so that the compiler reports a
/// type that can't be initialized there.
fn value(field: &Field, mael: &Path, init: &Ident) -> TokenStream {
    let Field {
        ident,
        name,
        ty,
        cfgs,
        ..
    } = field;
    let label = ident.as_ref().map(|ident| quote!(#ident:));
    let key = field.key.as_ref().map(|key| quote!(.with_key(#key)));
    let lease = field.lease.as_ref().map(|lease| {
        let value = &lease.value;
        let duration = match lease.unit {
            Unit::Milliseconds => quote!(from_millis),
            Unit::Seconds => quote!(from_secs),
        };
        quote!(.with_lease(::core::time::Duration::#duration(#value)))
    });
    let value = quote!(#mael::FromInit::from_init(#init, &#mael::Field::new(#name)#key #lease));
    let value = spanned_at(ty, value);
    quote! {
        #(#cfgs)*
        #label #value?
    }
}
