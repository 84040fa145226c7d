//! Generates the methods that `Operations` and `Specification` share: the list of operations, the
//! drawing of their arguments, and the decoding of their messages.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use super::described::described;
use super::tokens::hygienic;
use crate::model::{BodyField, Handler, Operation};

/// Returns the documentation as one string.
pub(super) fn doc_text(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
    let lines: Vec<String> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// Converts the name of a struct to that of a workload: `LeaderElection` becomes
/// `leader-election`.
pub(super) fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab.replace('_', "-")
}

/// Generates the list of operations.
pub(super) fn types(operations: &[Operation<'_>]) -> TokenStream {
    let types = operations.iter().map(|operation| {
        let Operation { handler, marks } = operation;
        let cfgs = handler.method.cfgs;
        let doc = doc_text(handler.docs);
        let request_type = handler.request_type;
        let reply_type = &handler.reply_type;
        let request = handler.fields().map(|parameter| field(&parameter.field));
        let reply = handler.reply.fields().iter().map(field);
        let weight = marks.weight.map(|weight| quote!(.weight(#weight)));
        let flags = [
            &marks.read_only,
            &marks.overwrites,
            &marks.commutes,
            &marks.setup,
            &marks.finally,
        ];
        let flags = flags.into_iter().flatten().map(|flag| quote!(.#flag()));
        let key = handler
            .fields()
            .find(|parameter| {
                let ident = &parameter.field.ident;
                marks
                    .parameters
                    .iter()
                    .any(|own| own.key.is_some() && own.name == *ident)
            })
            .map(|parameter| {
                let name = &parameter.field.name;
                quote!(.key(#name))
            });
        let unmarked = marks.unmarked.then(|| quote!(.unmarked()));
        let record = marks.record.as_ref().map(|path| quote!(.record(#path)));
        let value = marks.value.as_ref().map(|value| quote!(.value(#value)));
        quote! {
            #(#cfgs)*
            ::mael_sim::declared::OperationType::new(
                #doc,
                (#request_type, &[#(#request),*]),
                (#reply_type, &[#(#reply),*])
            ) #weight #(#flags)* #unmarked #key #value #record
        }
    });
    quote!(::std::vec::Vec::from([#(#types),*]))
}

fn field(field: &BodyField) -> TokenStream {
    let (name, text) = (&field.name, described(&field.ty));
    quote!((#name, #text))
}

/// Generates `draw`, with `receiver` as its first parameter, if an operation is drawn.
pub(super) fn draw(operations: &[Operation<'_>], receiver: Option<TokenStream>) -> TokenStream {
    let (name, source, drawn) = (hygienic("name"), hygienic("source"), hygienic("drawn"));
    let operations: Vec<_> = operations.iter().filter(|it| is_drawn(it)).collect();
    if operations.is_empty() {
        return TokenStream::new();
    }
    let draws_any = operations
        .iter()
        .any(|it| it.handler.fields().next().is_some());
    let parameter = if draws_any {
        quote!(#source)
    } else {
        quote!(_)
    };
    let arms = operations.iter().map(|operation| {
        let Operation { handler, marks } = operation;
        let (cfgs, request_type) = (handler.method.cfgs, handler.request_type);
        let fields = handler.fields().map(|parameter| {
            let BodyField { ident, name, ty } = &parameter.field;
            let own = marks.parameters.iter().find(|own| own.name == *ident);
            let strategy = own.and_then(|own| own.draw.as_ref());
            let span = own.map_or_else(Span::call_site, |own| own.name.span());
            let span = strategy
                .and_then(|it| it.clone().into_iter().next())
                .map_or(span, |first| first.span());
            // The compiler reports a strategy for another type at this span.
            let strategy = quote_spanned!(span=> &(#strategy));
            quote!(.field(#name, #source.draw::<#ty>(#strategy)))
        });
        quote! {
            #(#cfgs)*
            #request_type => ::mael_sim::declared::Drawn::new(#request_type) #(#fields)*
        }
    });
    quote! {
        fn draw(
            #receiver
            #name: &::core::primitive::str,
            #parameter: &mut ::mael_sim::declared::Source<'_>,
        ) -> ::core::option::Option<::mael_sim::declared::Drawn> {
            let #drawn = match #name {
                #(#arms,)*
                _ => return ::core::option::Option::None,
            };
            ::core::option::Option::Some(#drawn)
        }
    }
}

/// Returns whether all fields have a strategy. If a method generates operations, they need none.
fn is_drawn(operation: &Operation<'_>) -> bool {
    operation.handler.fields().all(|parameter| {
        let marks = operation.marks.parameters.iter();
        let mut own = marks.filter(|own| own.name == parameter.field.ident);
        own.any(|own| own.draw.is_some())
    })
}

/// Generates `read_reply`, which accepts exactly the fields of a reply.
pub(super) fn read_reply(operations: &[Operation<'_>], reply_enum: &Ident) -> TokenStream {
    let arms = operations.iter().map(|Operation { handler, .. }| {
        let fields = handler.reply.fields();
        read(handler, fields, reply_enum, &handler.reply_variant)
    });
    reader(&format_ident!("read_reply"), arms, &quote!(Self::Reply))
}

/// Generates `read_request`, which accepts exactly the fields of a request.
pub(super) fn read_request(operations: &[Operation<'_>], request_enum: &Ident) -> TokenStream {
    let arms = operations.iter().map(|Operation { handler, .. }| {
        let fields: Vec<BodyField> = handler.fields().map(|it| it.field.clone()).collect();
        read(handler, &fields, request_enum, &handler.request_variant)
    });
    reader(&format_ident!("read_request"), arms, &quote!(Self::Request))
}

/// `"read" => body.exact_fields(["balances"]).map(|(balances,)| BankReply::ReadOk { balances })`
fn read(
    handler: &Handler<'_>,
    fields: &[BodyField],
    messages: &Ident,
    variant: &Ident,
) -> TokenStream {
    let (cfgs, request_type, body) = (handler.method.cfgs, handler.request_type, hygienic("body"));
    let names = fields.iter().map(|field| &field.name);
    let idents: Vec<&Ident> = fields.iter().map(|field| &field.ident).collect();
    quote! {
        #(#cfgs)*
        #request_type => #body
            .exact_fields([#(#names),*])
            .map(|(#(#idents,)*)| #messages::#variant { #(#idents),* })
    }
}

fn reader(
    method: &Ident,
    arms: impl Iterator<Item = TokenStream>,
    message: &TokenStream,
) -> TokenStream {
    let (name, body, read) = (hygienic("name"), hygienic("body"), hygienic("read"));
    quote! {
        fn #method(
            #name: &::core::primitive::str,
            #body: ::mael::protocol::Body<'_>,
        ) -> ::core::option::Option<::mael::Result<#message>> {
            let #read = match #name {
                #(#arms,)*
                _ => return ::core::option::Option::None,
            };
            ::core::option::Option::Some(#read)
        }
    }
}

/// Generates `operations`, `draw` and `read_reply` for an implementation that does nothing, with
/// `receiver` as their first parameter, except for `read_reply`.
pub(super) fn unreachable_methods(receiver: Option<&TokenStream>) -> TokenStream {
    let first = receiver.map(|receiver| quote!(#receiver,));
    quote! {
        fn operations(#receiver) -> ::std::vec::Vec<::mael_sim::declared::OperationType> {
            ::core::unreachable!()
        }

        fn draw(
            #first
            _: &::core::primitive::str,
            _: &mut ::mael_sim::declared::Source<'_>,
        ) -> ::core::option::Option<::mael_sim::declared::Drawn> {
            ::core::unreachable!()
        }

        fn read_reply(
            _: &::core::primitive::str,
            _: ::mael::protocol::Body<'_>,
        ) -> ::core::option::Option<::mael::Result<Self::Reply>> {
            ::core::unreachable!()
        }
    }
}
