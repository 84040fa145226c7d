//! `impl Handlers`: from a body to a request, from a request to the method that answers it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use crate::model::{Argument, BodyField, Handler, Handlers, Names};
use crate::types;

/// The names of our own variables.
struct Variables {
    body: Ident,
    kind: Ident,
    node: Ident,
    request: Ident,
    src: Ident,
}

pub(super) fn render(handlers: &Handlers<'_>) -> TokenStream {
    let Handlers { names, handlers } = handlers;
    let variables = Variables {
        body: hygienic("body"),
        kind: hygienic("kind"),
        node: hygienic("node"),
        request: hygienic("request"),
        src: hygienic(if handlers.iter().any(Handler::takes_sender) {
            "src"
        } else {
            "_src"
        }),
    };
    let Names {
        node,
        request: request_enum,
        reply: reply_enum,
        ..
    } = names;
    let types = handlers.iter().map(|handler| {
        let Handler {
            cfgs, request_type, ..
        } = handler;
        quote!(#(#cfgs)* #request_type)
    });
    let decode_arms = handlers
        .iter()
        .map(|handler| decode_arm(handler, names, &variables));
    let handle_arms = handlers
        .iter()
        .map(|handler| handle_arm(handler, names, &variables));
    let Variables {
        body,
        kind,
        request,
        src,
        ..
    } = &variables;
    quote! {
        #[allow(non_snake_case)]
        impl ::mael::node::Handlers for #node {
            type Request<'a> = #request_enum;
            type Reply = #reply_enum;

            const TYPES: &'static [&'static str] = &[#(#types),*];

            fn decode<'a>(
                #kind: &str,
                #body: ::mael::wire::Body<'a>,
            ) -> ::core::option::Option<::mael::Result<#request_enum>> {
                ::core::option::Option::Some(match #kind {
                    #(#decode_arms,)*
                    _ => return ::core::option::Option::None,
                })
            }

            fn handle(
                self: &::std::rc::Rc<Self>,
                #src: &str,
                #request: #request_enum,
            ) -> ::mael::node::Answer<#reply_enum> {
                match #request {
                    #(#handle_arms)*
                }
            }
        }
    }
}

/// `"add" => body.fields(["delta"]).map(|(delta,)| CounterRequest::Add { delta })`
fn decode_arm(handler: &Handler<'_>, names: &Names<'_>, variables: &Variables) -> TokenStream {
    let Handler {
        cfgs,
        request_type,
        request_variant,
        ..
    } = handler;
    let request_enum = &names.request;
    let body = &variables.body;
    let keys = handler.fields().map(|field| &field.name);
    let idents: Vec<&Ident> = handler.fields().map(|field| &field.ident).collect();
    let fields = Ident::new("fields", handler.parameters_span);
    quote! {
        #(#cfgs)*
        #request_type => #body
            .#fields([#(#keys),*])
            .map(|(#(#idents,)*)| #request_enum::#request_variant { #(#idents),* })
    }
}

/// `CounterRequest::Add { delta } => { ... }`
fn handle_arm(handler: &Handler<'_>, names: &Names<'_>, variables: &Variables) -> TokenStream {
    let Handler {
        cfgs,
        request_variant,
        ..
    } = handler;
    let request_enum = &names.request;
    let idents = handler.fields().map(|field| &field.ident);
    let answer = if handler.is_async {
        later(handler, names, variables)
    } else {
        now(handler, names, variables)
    };
    quote! {
        #(#cfgs)*
        #request_enum::#request_variant { #(#idents),* } => { #answer }
    }
}

/// The answer of a method that returns at once.
fn now(handler: &Handler<'_>, names: &Names<'_>, variables: &Variables) -> TokenStream {
    let (sender, arguments) = arguments(handler, variables);
    let method = method(handler);
    let call = quote!(#method(self, #(#arguments),*));
    let answer = match handler.outcome.fallible {
        Some(ty) => {
            let result = mapped(handler, names, &call, ty);
            quote!(::mael::node::Answer::now(#result))
        }
        None => {
            let (statement, reply) = reply(handler, names, call);
            quote!(#statement ::mael::node::Answer::Now(::core::result::Result::Ok(#reply)))
        }
    };
    quote!(#sender #answer)
}

/// The promise of an asynchronous method's answer. The node stays alive until it is there.
fn later(handler: &Handler<'_>, names: &Names<'_>, variables: &Variables) -> TokenStream {
    let node = &variables.node;
    let (sender, arguments) = arguments(handler, variables);
    let method = method(handler);
    // An error that can't be sent is reported at the return type.
    let question_mark = handler.outcome.fallible.map(|ty| {
        let (_, last) = types::ends(ty);
        quote_spanned!(last=> ?)
    });
    let call = quote!(#method(&#node, #(#arguments),*).await #question_mark);
    let (statement, reply) = reply(handler, names, call);
    quote! {
        let #node = ::core::clone::Clone::clone(self);
        #sender
        ::mael::node::Answer::later(async move {
            #statement
            ::core::result::Result::Ok::<_, ::mael::Error>(#reply)
        })
    }
}

/// The method by its path, which finds it before any method of a trait or of `Rc`. If it is
/// fallible, it bears the span of its return type, as [`mapped`] needs.
fn method(handler: &Handler<'_>) -> TokenStream {
    let mut method = handler.method.clone();
    let Some(ty) = handler.outcome.fallible else {
        return quote!(Self::#method);
    };
    let (first, _) = types::ends(ty);
    method.set_span(method.span().located_at(first));
    quote_spanned!(first=> Self::#method)
}

/// What the method is called with, and the statement that makes the sender's name of `src`.
fn arguments(handler: &Handler<'_>, variables: &Variables) -> (Option<TokenStream>, Vec<Ident>) {
    let src = &variables.src;
    let sender = handler
        .takes_sender()
        .then(|| quote!(let #src = <::mael::NodeId as ::core::convert::From<&str>>::from(#src);));
    let arguments = handler.arguments.iter().map(|argument| match argument {
        Argument::Sender => src.clone(),
        Argument::Field(field) => field.ident.clone(),
    });
    (sender, arguments.collect())
}

/// The reply that holds what `call` gives. If it gives nothing, that is a statement to run first.
fn reply(
    handler: &Handler<'_>,
    names: &Names<'_>,
    call: TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let (reply_enum, variant) = (&names.reply, &handler.reply_variant);
    match &handler.outcome.field {
        Some(BodyField { ident, .. }) => (None, quote!(#reply_enum::#variant { #ident: #call })),
        None => (Some(quote!(#call;)), quote!(#reply_enum::#variant {})),
    }
}

/// The `Result` that `call` gives, as one of the reply. It begins and ends with the spans of the
/// return type, where an error that can't be sent is then reported.
fn mapped(
    handler: &Handler<'_>,
    names: &Names<'_>,
    call: &TokenStream,
    returned: &Type,
) -> TokenStream {
    let (reply_enum, variant) = (&names.reply, &handler.reply_variant);
    let closure = match &handler.outcome.field {
        Some(BodyField { ident, .. }) => quote!(|#ident| #reply_enum::#variant { #ident }),
        None => quote!(|()| #reply_enum::#variant {}),
    };
    let mut arguments = Group::new(Delimiter::Parenthesis, closure);
    arguments.set_span(types::ends(returned).1);
    quote!(#call.map #arguments)
}

/// A name that no parameter of a handler can be taken for.
fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
