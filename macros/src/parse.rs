//! Reads attributes and syntax: our attributes are taken out of the item, which is emitted without
//! them, and read into structs of our own.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, ImplItem, ItemImpl, LitStr, Meta, Pat, Signature, Token, Type};

use crate::errors::Errors;

/// What to write, in the messages of every mistake in a `#[handler]`.
const USAGE: &str = "`#[handler(type = \"...\")]`";

/// The attributes that a handler's parameter may have for the compiler.
const LINTS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];

/// A method that was marked with `#[handler]`.
pub(crate) struct Method {
    pub(crate) attribute: HandlerAttribute,
    pub(crate) signature: Signature,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) parameters: Vec<Parameter>,
}

/// What a `#[handler]` says.
#[derive(Default)]
pub(crate) struct HandlerAttribute {
    /// None only if that has been reported.
    pub(crate) request_type: Option<LitStr>,
    pub(crate) reply: Option<LitStr>,
}

/// A parameter of a handler, other than `self`.
pub(crate) struct Parameter {
    /// Each `#[src]` before it.
    pub(crate) senders: Vec<Attribute>,
    /// The attributes that mean nothing to us, and that the compiler would not know either.
    pub(crate) unknown: Vec<Attribute>,
    pub(crate) name: Pat,
    pub(crate) ty: Type,
}

/// Takes our attributes out of an impl block and reads what they say.
pub(crate) fn methods(block: &mut ItemImpl, errors: &mut Errors) -> Vec<Method> {
    let mut methods = Vec::new();
    for item in &mut block.items {
        match item {
            ImplItem::Fn(function) => {
                let marks = take(&mut function.attrs, is_handler);
                let keeps = if marks.is_empty() {
                    is_not_sender
                } else {
                    is_lint
                };
                let parameters = parameters(&mut function.sig, keeps);
                if let Some(attribute) = handler_attribute(&marks, errors) {
                    methods.push(Method {
                        attribute,
                        signature: function.sig.clone(),
                        docs: with_path(&function.attrs, "doc"),
                        cfgs: with_path(&function.attrs, "cfg"),
                        parameters,
                    });
                } else {
                    refuse_sender(&parameters, errors);
                }
            }
            ImplItem::Const(item) => refuse_handler(&mut item.attrs, errors),
            ImplItem::Type(item) => refuse_handler(&mut item.attrs, errors),
            ImplItem::Macro(item) => refuse_handler(&mut item.attrs, errors),
            _ => {}
        }
    }
    methods
}

/// The attributes with this path.
pub(crate) fn with_path(attributes: &[Attribute], path: &str) -> Vec<Attribute> {
    let named = |attribute: &&Attribute| attribute.path().is_ident(path);
    attributes.iter().filter(named).cloned().collect()
}

/// Takes out the attributes that are ours.
fn take(attributes: &mut Vec<Attribute>, is_ours: impl Fn(&Attribute) -> bool) -> Vec<Attribute> {
    attributes
        .extract_if(.., |attribute| is_ours(attribute))
        .collect()
}

fn is_handler(attribute: &Attribute) -> bool {
    let names = attribute.path().segments.iter().map(|s| &s.ident);
    names.clone().eq(["handler"]) || names.eq(["mael", "handler"])
}

fn is_sender(attribute: &Attribute) -> bool {
    attribute.path().is_ident("src")
}

fn is_not_sender(attribute: &Attribute) -> bool {
    !is_sender(attribute)
}

fn is_lint(attribute: &Attribute) -> bool {
    LINTS.iter().any(|lint| attribute.path().is_ident(lint))
}

fn refuse_handler(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    for mark in take(attributes, is_handler) {
        errors.on(
            mark,
            "only a method can be a handler; write `#[handler]` above an `fn`",
        );
    }
}

fn refuse_sender(parameters: &[Parameter], errors: &mut Errors) {
    for mark in parameters.iter().flat_map(|parameter| &parameter.senders) {
        errors.on(
            mark,
            "only a handler has a sender; write `#[handler]` above this method",
        );
    }
}

/// Reads the parameters, and leaves only `keeps` of their attributes in the method.
fn parameters(signature: &mut Signature, keeps: fn(&Attribute) -> bool) -> Vec<Parameter> {
    let typed = signature.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed
        .map(|typed| {
            let (senders, unknown) = take(&mut typed.attrs, |attribute| !keeps(attribute))
                .into_iter()
                .partition(is_sender);
            Parameter {
                senders,
                unknown,
                name: (*typed.pat).clone(),
                ty: (*typed.ty).clone(),
            }
        })
        .collect()
}

/// Reads the `#[handler]` of a method; None if it has none.
fn handler_attribute(marks: &[Attribute], errors: &mut Errors) -> Option<HandlerAttribute> {
    let (mark, others) = marks.split_first()?;
    for other in others {
        errors.on(
            other,
            "a method handles one type of request; remove this second `#[handler]`",
        );
    }
    let arguments = match &mark.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let mut attribute = HandlerAttribute::default();
    let mut mistakes = Errors::default();
    for entry in entries(arguments) {
        read_entry(entry, &mut attribute, &mut mistakes);
    }
    if attribute.request_type.is_none() && mistakes.is_empty() {
        mistakes.on(
            mark,
            format_args!("a handler needs the type of its request; write {USAGE}"),
        );
    }
    errors.extend(mistakes);
    Some(attribute)
}

/// One entry between commas: its tokens, and what they are if they are `key = value`.
struct Entry {
    tokens: TokenStream,
    pair: Option<(Ident, TokenStream)>,
}

/// Splits at the commas, so that a mistake in one entry does not hide those in the next.
fn entries(arguments: TokenStream) -> Vec<Entry> {
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens
        .split(is_comma)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let tokens: TokenStream = entry.iter().cloned().collect();
            let pair = Parser::parse2(key_and_value, tokens.clone()).ok();
            Entry { tokens, pair }
        })
        .collect()
}

fn key_and_value(input: ParseStream<'_>) -> syn::Result<(Ident, TokenStream)> {
    let key = input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    Ok((key, input.parse()?))
}

fn read_entry(entry: Entry, attribute: &mut HandlerAttribute, errors: &mut Errors) {
    let Some((key, value)) = entry.pair else {
        errors.on(entry.tokens, "write `type = \"...\"` or `reply = \"...\"`");
        return;
    };
    let slot = match key.to_string().as_str() {
        "type" => &mut attribute.request_type,
        "reply" => &mut attribute.reply,
        _ => {
            let message = "a handler has no such key; write `type = \"...\"` or `reply = \"...\"`";
            errors.on(key, message);
            return;
        }
    };
    if slot.is_some() {
        errors.on(
            key.clone(),
            format_args!("`{key}` stands here twice; keep one of them"),
        );
        return;
    }
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(text) => *slot = Some(text),
        Err(_) => {
            let place = if value.is_empty() {
                key.to_token_stream()
            } else {
                value
            };
            errors.on(
                place,
                format_args!("`{key}` is a text; write `{key} = \"...\"`"),
            );
        }
    }
}
