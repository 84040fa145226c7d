//! `Handlers::start`: starts the methods marked `#[every]` and `#[task]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::ext::IdentExt;

use super::tokens::{hygienic, spanned_at};
use crate::model::{CalledMethod, Handlers, Timer, Unit};

/// `fn start`, if there is something to start.
pub(super) fn start(handlers: &Handlers<'_>) -> Option<TokenStream> {
    let mael = handlers.names.mael;
    let every = handlers.timers.iter().map(|timer| every(timer, mael));
    let tasks = handlers.tasks.iter().map(|method| task(method, mael));
    let statements: Vec<_> = every.chain(tasks).collect();
    (!statements.is_empty()).then(|| {
        quote! {
            fn start(self: &::std::rc::Rc<Self>) {
                #(#statements)*
            }
        }
    })
}

fn every(timer: &Timer<'_>, mael: &Path) -> TokenStream {
    let value = &timer.period.value;
    let period = match timer.period.unit {
        Unit::Milliseconds => quote!(millis),
        Unit::Seconds => quote!(seconds),
    };
    let period = quote!(#mael::node::#period(#value),);
    statement(&timer.method, &quote!(#mael::node::every), &period)
}

fn task(method: &CalledMethod<'_>, mael: &Path) -> TokenStream {
    statement(method, &quote!(#mael::node::task), &TokenStream::new())
}

/// A call of a runtime function that starts a method. Errors about the method's return type are
/// reported at that type.
fn statement(
    method: &CalledMethod<'_>,
    function: &TokenStream,
    period: &TokenStream,
) -> TokenStream {
    let (cfgs, ident) = (method.cfgs, method.ident);
    let (node, name) = (hygienic("node"), ident.unraw().to_string());
    let wait = method.is_async.then(|| quote!(.await));
    let mut call = quote! {
        #function(
            #name,
            #period
            self,
            async |#node: &::std::rc::Rc<Self>| Self::#ident(#node)#wait,
        )
    };
    if let Some(ty) = method.returned {
        call = spanned_at(ty, call);
    }
    quote!(#(#cfgs)* #call;)
}
