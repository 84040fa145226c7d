//! `impl Handlers`: from a body to a request, from a request to the method that answers it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::{Argument, Handler, Handlers, Names, Outcome};
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
    let method = method(handler);
    let (sender, arguments) = arguments(handler, variables);
    let call = quote!(#method(self, #(#arguments),*));
    let (statement, value) = outcome(handler, names, &call);
    let answer = match handler.outcome.fallible {
        Some(_) => quote!(::mael::node::Answer::now(#value)),
        None => quote!(::mael::node::Answer::Now(::core::result::Result::Ok(#value))),
    };
    quote!(#sender #statement #answer)
}

/// The promise of an asynchronous method's answer. The node stays alive until it is there.
fn later(handler: &Handler<'_>, names: &Names<'_>, variables: &Variables) -> TokenStream {
    let node = &variables.node;
    let method = method(handler);
    let (sender, arguments) = arguments(handler, variables);
    let call = quote!(#method(&#node, #(#arguments),*).await);
    let (statement, value) = outcome(handler, names, &call);
    let promise = match handler.outcome.fallible {
        Some(ty) => {
            let (first, last) = types::ends(ty);
            let keywords = quote_spanned!(first=> async move);
            let block = group(Delimiter::Brace, value, last);
            quote!(#keywords #block)
        }
        None => quote! {
            async move {
                #statement
                ::core::result::Result::Ok::<_, ::mael::Error>(#value)
            }
        },
    };
    quote! {
        let #node = ::core::clone::Clone::clone(self);
        #sender
        ::mael::node::Answer::later(#promise)
    }
}

/// The method by its path, which finds it before any method of a trait or of `Rc`.
///
/// What a fallible method returns is an expression that begins and ends with the span of its return
/// type, so that an error which can't be sent is reported there.
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

/// Makes the reply of what `call` returns: a statement to run first, and then the reply, or the
/// `Result` of it.
fn outcome(
    handler: &Handler<'_>,
    names: &Names<'_>,
    call: &TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let (reply_enum, variant) = (&names.reply, &handler.reply_variant);
    let Outcome { fallible, field } = &handler.outcome;
    let field = field.as_ref().map(|field| &field.ident);
    let Some(ty) = fallible else {
        return match field {
            Some(field) => (None, quote!(#reply_enum::#variant { #field: #call })),
            None => (Some(quote!(#call;)), quote!(#reply_enum::#variant {})),
        };
    };
    let given = field.map_or_else(|| quote!(()), |field| quote!(#field));
    let closure = quote!(|#given| #reply_enum::#variant { #field });
    let mapped = group(Delimiter::Parenthesis, closure, types::ends(ty).1);
    (None, quote!(#call.map #mapped))
}

/// Tokens between delimiters of this span.
fn group(delimiter: Delimiter, tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(delimiter, tokens);
    group.set_span(span);
    group
}

/// A name that no parameter of a handler can be taken for.
fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
