//! `Handlers::start`: what the node does every so often, and beside its handlers.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::ext::IdentExt;

use super::tokens::{at, hygienic};
use crate::model::{Handlers, Task, Tick, Unit};

/// `fn start`, if there is something to start.
pub(super) fn start(handlers: &Handlers<'_>) -> Option<TokenStream> {
    let mael = handlers.names.mael;
    let ticks = handlers.ticks.iter().map(|tick| timer(tick, mael));
    let tasks = handlers.tasks.iter().map(|task| background(task, mael));
    let statements: Vec<_> = ticks.chain(tasks).collect();
    (!statements.is_empty()).then(|| {
        quote! {
            fn start(self: &::std::rc::Rc<Self>) {
                #(#statements)*
            }
        }
    })
}

/// One timer.
fn timer(tick: &Tick<'_>, mael: &Path) -> TokenStream {
    let value = &tick.period.value;
    let period = match tick.period.unit {
        Unit::Milliseconds => quote!(millis),
        Unit::Seconds => quote!(seconds),
    };
    let period = quote!(#mael::node::#period(#value),);
    statement(&tick.task, &quote!(#mael::node::every), &period)
}

/// One task.
fn background(task: &Task<'_>, mael: &Path) -> TokenStream {
    statement(task, &quote!(#mael::node::task), &TokenStream::new())
}

/// The call of a function that starts a method. A return type that can't be understood is reported
/// where it stands.
fn statement(task: &Task<'_>, function: &TokenStream, period: &TokenStream) -> TokenStream {
    let (cfgs, method) = (task.cfgs, task.method);
    let (node, name) = (hygienic("node"), method.unraw().to_string());
    let wait = task.is_async.then(|| quote!(.await));
    let mut call = quote! {
        #function(
            #name,
            #period
            self,
            async |#node: &::std::rc::Rc<Self>| Self::#method(#node)#wait,
        )
    };
    if let Some(ty) = task.returned {
        call = at(ty, call);
    }
    quote!(#(#cfgs)* #call;)
}
