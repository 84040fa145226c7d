//! `Handlers::handle` and `Handlers::set_up`: the calls of the user's methods, and what becomes of
//! what they return.

use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Path, Type};

use super::hygienic;
use crate::model::{Argument, BodyField, Content, Handler, Handlers, Names, Reply, Task};
use crate::types;

/// `fn handle`, which takes this type of request.
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
            #src: &#mael::wire::Name<'_>,
            #request: #request_type,
        ) -> #mael::node::Answer<#reply> {
            match #request {
                #(#arms)*
            }
        }
    }
}

/// `fn set_up`, which calls the method that the node has for it.
pub(super) fn set_up(task: &Task<'_>, mael: &Path) -> TokenStream {
    let cfgs = task.cfgs;
    let call = call(task, &[]);
    let answer = match task {
        Task { is_async: true, .. } => {
            promise(&quote!(later), Some(quote!(#call;)), &quote!(()), mael)
        }
        Task {
            fallible: Some(_), ..
        } => quote!(#mael::node::Answer::now(#call)),
        _ => quote! {
            #call;
            #mael::node::Answer::Now(#mael::Result::Ok(()))
        },
    };
    quote! {
        #(#cfgs)*
        fn set_up(self: &::std::rc::Rc<Self>) -> #mael::node::Answer<()> {
            #answer
        }
    }
}

/// `CounterRequest::Add { delta } => { ... }`
fn arm(handler: &Handler<'_>, names: &Names<'_>) -> TokenStream {
    let (cfgs, request_enum) = (handler.task.cfgs, &names.request);
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
    let call = call(&handler.task, &arguments);
    let answer = if handler.task.is_async {
        later(handler, &call, names)
    } else {
        now(handler, &call, names)
    };
    quote! {
        #(#cfgs)*
        #request_enum::#variant #pattern => { #answer }
    }
}

/// The answer of a method that returns at once.
fn now(handler: &Handler<'_>, call: &TokenStream, names: &Names<'_>) -> TokenStream {
    let mael = names.mael;
    let sender = sender(handler, mael);
    let answer = match (&handler.reply, handler.task.fallible) {
        (Reply::OneWay, Some(_)) => quote!(#mael::node::Answer::oneway(#call)),
        (Reply::OneWay, None) => quote! {
            #call;
            #mael::node::Answer::oneway(#mael::Result::<()>::Ok(()))
        },
        (_, Some(ty)) => {
            let result = mapped(handler, names, call, ty);
            quote!(#mael::node::Answer::now(#result))
        }
        (_, None) => {
            let (statement, reply) = reply(handler, names, call);
            quote! {
                #statement
                #mael::node::Answer::Now(#mael::Result::Ok(#reply))
            }
        }
    };
    quote!(#sender #answer)
}

/// The answer of a method that may wait.
fn later(handler: &Handler<'_>, call: &TokenStream, names: &Names<'_>) -> TokenStream {
    let sender = sender(handler, names.mael);
    let (constructor, statement, reply) = if handler.is_oneway() {
        (quote!(oneway_later), Some(quote!(#call;)), quote!(()))
    } else {
        let (statement, reply) = reply(handler, names, call);
        (quote!(later), statement, reply)
    };
    let promise = promise(&constructor, statement, &reply, names.mael);
    let within = handler
        .deadline_ms
        .map(|ms| quote!(.within(::core::time::Duration::from_millis(#ms))));
    quote!(#sender #promise #within)
}

/// The promise of what a method gives that waits. The node stays alive until it is there.
fn promise(
    constructor: &TokenStream,
    statement: Option<TokenStream>,
    value: &TokenStream,
    mael: &Path,
) -> TokenStream {
    let node = hygienic("node");
    quote! {
        let #node = ::core::clone::Clone::clone(self);
        #mael::node::Answer::#constructor(async move {
            #statement
            #mael::Result::Ok(#value)
        })
    }
}

/// The statement that makes the sender's name of `src`, if the method asks for it.
fn sender(handler: &Handler<'_>, mael: &Path) -> Option<TokenStream> {
    let src = hygienic("src");
    handler
        .takes_sender()
        .then(|| quote!(let #src = <#mael::NodeId as ::core::convert::From<_>>::from(#src);))
}

/// The call of a method by its path, which finds it before any method of a trait or of `Rc`.
///
/// If the method is fallible, the call begins and ends with the spans of its return type, where an
/// error that can't be sent is then reported.
fn call(task: &Task<'_>, arguments: &[Ident]) -> TokenStream {
    let mut method = task.method.clone();
    let node = if task.is_async {
        let node = hygienic("node");
        quote!(&#node)
    } else {
        quote!(self)
    };
    let arguments = quote!(#node, #(#arguments),*);
    let Some(ty) = task.fallible else {
        let wait = task.is_async.then(|| quote!(.await));
        return quote!(Self::#method(#arguments)#wait);
    };
    let (first, last) = types::ends(ty);
    method.set_span(method.span().located_at(first));
    let path = quote_spanned!(first=> Self::#method);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    if task.is_async {
        let question_mark = quote_spanned!(last=> ?);
        return quote!(#path #arguments.await #question_mark);
    }
    arguments.set_span(last);
    quote!(#path #arguments)
}

/// The reply that holds what `call` gives, and the statement to run first if there is one.
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

/// The `Result` that `call` gives, as one of the reply.
fn mapped(
    handler: &Handler<'_>,
    names: &Names<'_>,
    call: &TokenStream,
    returned: &Type,
) -> TokenStream {
    let (reply_enum, variant) = (&names.reply, &handler.reply_variant);
    let function = match &handler.reply {
        Reply::OneWay | Reply::Empty => quote!(|()| #reply_enum::#variant {}),
        Reply::One(BodyField { ident, .. }) => quote!(|#ident| #reply_enum::#variant { #ident }),
        Reply::Several(fields) => {
            let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
            quote!(|(#(#idents),*)| #reply_enum::#variant { #(#idents),* })
        }
        Reply::Whole(_) => quote!(#reply_enum::#variant),
    };
    let mut arguments = Group::new(Delimiter::Parenthesis, function);
    arguments.set_span(types::ends(returned).1);
    quote!(#call.map #arguments)
}
