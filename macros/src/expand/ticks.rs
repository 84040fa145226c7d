//! `Handlers::start`: what the node does every so often.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::ext::IdentExt;

use super::{at, hygienic};
use crate::model::{Handlers, Tick};
use crate::parse::Unit;

/// `fn start`, if there is something to start.
pub(super) fn start(handlers: &Handlers<'_>) -> Option<TokenStream> {
    let mael = handlers.names.mael;
    let statements: Vec<_> = handlers.ticks.iter().map(|t| statement(t, mael)).collect();
    (!statements.is_empty()).then(|| {
        quote! {
            fn start(self: &::std::rc::Rc<Self>) {
                #(#statements)*
            }
        }
    })
}

/// One timer. A return type that can't be understood is reported where it stands.
fn statement(tick: &Tick<'_>, mael: &Path) -> TokenStream {
    let (cfgs, method) = (tick.task.cfgs, tick.task.method);
    let value = &tick.period.value;
    let period = match tick.period.unit {
        Unit::Milliseconds => quote!(millis),
        Unit::Seconds => quote!(seconds),
    };
    let (node, name) = (hygienic("node"), method.unraw().to_string());
    let wait = tick.task.is_async.then(|| quote!(.await));
    let mut call = quote! {
        #mael::node::every(
            #name,
            #mael::node::#period(#value),
            self,
            async |#node: &::std::rc::Rc<Self>| Self::#method(#node)#wait,
        )
    };
    if let Some(ty) = tick.returned {
        call = at(ty, call);
    }
    quote!(#(#cfgs)* #call;)
}
