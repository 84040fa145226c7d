//! Generates `Handlers::handle` and `Handlers::on_init`, which call the user's methods and convert
//! what they return.

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::tokens::{hygienic, spanned_at};
use crate::model::{
    Argument, BodyField, CalledMethod, Content, Fallible, Handler, Handlers, Names, Reply,
};
use crate::types;

/// `fn handle`, with this type of request.
pub(super) fn handle(handlers: &Handlers<'_>, request_type: &TokenStream) -> TokenStream {
    let Names { mael, reply, .. } = &handlers.names;
    let request = hygienic("request");
    let takes_sender = handlers.handlers.iter().any(Handler::takes_sender);
    let src = hygienic(if takes_sender { "src" } else { "_src" });
    let arms = handlers
        .handlers
        .iter()
        .map(|handler| arm(handler, &handlers.names));
    quote! {
        fn handle(
            self: &::std::rc::Rc<Self>,
            #src: &#mael::protocol::Name<'_>,
            #request: #request_type,
        ) -> #mael::node::Response<#reply> {
            match #request {
                #(#arms)*
            }
        }
    }
}

/// `fn on_init`, which calls the method marked `#[init]`.
pub(super) fn on_init(method: &CalledMethod<'_>, mael: &Path) -> TokenStream {
    let cfgs = method.cfgs;
    let call = call(method, &[]);
    let mut done = quote!(#mael::node::done(#call));
    if let Some(ty) = method.returned {
        done = spanned_at(ty, done);
    }
    let response = if method.is_async {
        let node = node();
        quote!(#node #mael::node::Response::deferred(async move { #done }))
    } else {
        quote!(#mael::node::Response::Ready(#done))
    };
    quote! {
        #(#cfgs)*
        fn on_init(self: &::std::rc::Rc<Self>) -> #mael::node::Response<()> {
            #response
        }
    }
}

/// `CounterRequest::Add { delta } => { ... }`
fn arm(handler: &Handler<'_>, names: &Names<'_>) -> TokenStream {
    let (cfgs, request_enum) = (handler.method.cfgs, &names.request);
    let variant = &handler.request_variant;
    let pattern = match handler.content() {
        Content::Whole(body) => {
            let ident = &body.ident;
            quote!((#ident))
        }
        Content::Fields(fields) => {
            let idents = fields.iter().map(|parameter| &parameter.field.ident);
            quote!({ #(#idents),* })
        }
    };
    let arguments: Vec<Ident> = handler
        .arguments
        .iter()
        .map(|argument| match argument {
            Argument::Sender => hygienic("src"),
            Argument::Field(parameter) => parameter.field.ident.clone(),
            Argument::Body(body) => body.ident.clone(),
        })
        .collect();
    let call = call(&handler.method, &arguments);
    let response = if handler.method.is_async {
        deferred(handler, &call, names)
    } else {
        ready(handler, &call, names)
    };
    quote! {
        #(#cfgs)*
        #request_enum::#variant #pattern => { #response }
    }
}

/// The response of a method that is not `async`.
fn ready(handler: &Handler<'_>, call: &TokenStream, names: &Names<'_>) -> TokenStream {
    let mael = names.mael;
    let sender = sender(handler, mael);
    let constructor = if handler.is_oneway() {
        quote!(oneway)
    } else {
        quote!(ready)
    };
    let response = match result(handler, call, names) {
        Some(result) => quote!(#mael::node::Response::#constructor(#result)),
        None if handler.is_oneway() => quote! {
            #call;
            #mael::node::Response::oneway(#mael::Result::<()>::Ok(()))
        },
        None => {
            let (statement, reply) = reply(handler, names, call);
            quote! {
                #statement
                #mael::node::Response::reply(#reply)
            }
        }
    };
    quote!(#sender #response)
}

/// The response of an `async` method.
fn deferred(handler: &Handler<'_>, call: &TokenStream, names: &Names<'_>) -> TokenStream {
    let mael = names.mael;
    let sender = sender(handler, mael);
    let constructor = if handler.is_oneway() {
        quote!(oneway_deferred)
    } else {
        quote!(deferred)
    };
    let constructor = quote!(#mael::node::Response::#constructor);
    let response = match (result(handler, call, names), handler.method.returned) {
        (Some(result), Some(ty)) => spanned_at(ty, quote!(#constructor(async move { #result }))),
        _ if handler.is_oneway() => quote! {
            #constructor(async move {
                #call;
                #mael::Result::<()>::Ok(())
            })
        },
        _ => {
            let (statement, reply) = reply(handler, names, call);
            quote! {
                #constructor(async move {
                    #statement
                    #mael::Result::<_>::Ok(#reply)
                })
            }
        }
    };
    let (node, deadline) = (node(), deadline(handler));
    quote!(#sender #node #response #deadline)
}

/// Sets the handler's own deadline, if it has one.
fn deadline(handler: &Handler<'_>) -> Option<TokenStream> {
    let ms = handler.deadline_ms?;
    Some(quote!(.with_deadline(::core::time::Duration::from_millis(#ms))))
}

/// The statement that keeps the node alive until an `async` method has returned.
fn node() -> TokenStream {
    let node = hygienic("node");
    quote!(let #node = ::core::clone::Clone::clone(self);)
}

/// The statement that converts `src` to a `NodeId`, if the method has a `#[src]` parameter.
fn sender(handler: &Handler<'_>, mael: &Path) -> Option<TokenStream> {
    let src = hygienic("src");
    handler
        .takes_sender()
        .then(|| quote!(let #src = <#mael::NodeId as ::core::convert::From<_>>::from(#src);))
}

/// The call of a method by its path, so that methods of traits or of `Rc` don't take precedence.
///
/// If there is a return type, the call begins and ends with the spans of it, so that the compiler
/// reports an error type that can't be sent there.
fn call(method: &CalledMethod<'_>, arguments: &[Ident]) -> TokenStream {
    let mut ident = method.ident.clone();
    let node = if method.is_async {
        let node = hygienic("node");
        quote!(&#node)
    } else {
        quote!(self)
    };
    let wait = method.is_async.then(|| quote!(.await));
    let arguments = quote!(#node, #(#arguments),*);
    let Some(ty) = method.returned else {
        return quote!(Self::#ident(#arguments)#wait);
    };
    let (first, last) = types::ends(ty);
    ident.set_span(ident.span().located_at(first));
    let path = quote_spanned!(first=> Self::#ident);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    quote!(#path #arguments #wait)
}

/// The reply with the value that `call` returns, and the statement before it if there is one.
fn reply(
    handler: &Handler<'_>,
    names: &Names<'_>,
    call: &TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let (reply_enum, variant) = (&names.reply, &handler.reply_variant);
    match &handler.reply {
        Reply::OneWay | Reply::Empty => (Some(quote!(#call;)), quote!(#reply_enum::#variant {})),
        Reply::One(BodyField { ident, .. }) => {
            (None, quote!(#reply_enum::#variant { #ident: #call }))
        }
        Reply::Several(fields) => {
            let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
            (
                Some(quote!(let (#(#idents),*) = #call;)),
                quote!(#reply_enum::#variant { #(#idents),* }),
            )
        }
        Reply::Whole(_) => (None, quote!(#reply_enum::#variant(#call))),
    }
}

/// The `Result` that `call` returns, mapped to the reply; None if the handler can't fail.
fn result(handler: &Handler<'_>, call: &TokenStream, names: &Names<'_>) -> Option<TokenStream> {
    let (Names { mael, reply, .. }, variant) = (names, &handler.reply_variant);
    let (fallible, returned) = (handler.fallible?, handler.method.returned?);
    let call = match fallible {
        Fallible::ByName => call.clone(),
        Fallible::ByAttribute => spanned_at(returned, quote!(#mael::node::result(#call))),
    };
    let function = match &handler.reply {
        Reply::OneWay => return Some(call),
        Reply::Empty => quote!(|()| #reply::#variant {}),
        Reply::One(BodyField { ident, .. }) => quote!(|#ident| #reply::#variant { #ident }),
        Reply::Several(fields) => {
            let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
            quote!(|(#(#idents),*)| #reply::#variant { #(#idents),* })
        }
        Reply::Whole(_) => quote!(#reply::#variant),
    };
    let mut arguments = Group::new(Delimiter::Parenthesis, function);
    arguments.set_span(types::ends(returned).1);
    Some(quote_spanned!(types::ends(returned).0=> #call.map #arguments))
}
