//! The names of what is generated, and what can't be one.

use std::collections::HashMap;

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{LitStr, Path, Type};

use crate::errors::Errors;
use crate::model::Names;
use crate::parse::{Method, Role};
use crate::types;

/// The keys that the protocol reserves in every body.
const RESERVED_FIELDS: [&str; 3] = ["type", "msg_id", "in_reply_to"];

/// The requests that the runtime answers, and the type of every error.
const RESERVED_TYPES: [&str; 2] = ["init", "error"];

/// What is named after a node; None if that is no plain path.
pub(super) fn of_node<'a>(node: &'a Type, mael: &'a Path) -> Option<Names<'a>> {
    let name = &types::path(node)?.segments.last()?.ident;
    Some(Names {
        node,
        mael,
        title: name.unraw().to_string(),
        request: format_ident!("{name}Request", span = name.span()),
        reply: format_ident!("{name}Reply", span = name.span()),
        client: format_ident!("{name}Client", span = name.span()),
    })
}

/// The variants for a type of request: its own, and that of its reply.
pub(super) fn variants(request_type: &LitStr, errors: &mut Errors) -> Option<(Ident, Ident)> {
    let text = request_type.value();
    if text.is_empty() {
        errors.on(
            request_type,
            "a type can't be empty; write the `type` of the request's body",
        );
        return None;
    }
    if is_reserved_type(request_type, errors) {
        return None;
    }
    let camel = upper_camel(&text);
    let request = identifier(&camel, request_type.span());
    let reply = identifier(&format!("{camel}Ok"), request_type.span());
    if camel.is_empty() || request.is_none() {
        errors.on(
            request_type,
            "no variant can be named after this; write letters and digits",
        );
    }
    request.zip(reply)
}

/// Refuses a type that the protocol has a meaning for, and tells whether it was one.
pub(super) fn is_reserved_type(written: &LitStr, errors: &mut Errors) -> bool {
    let text = written.value();
    let is_reserved = RESERVED_TYPES.contains(&text.as_str());
    if is_reserved {
        let message = format_args!("`{text}` is reserved by the protocol; write another type");
        errors.on(written, message);
    }
    is_reserved
}

/// Refuses two handlers of one type, and two types whose variants have the same name. Handlers
/// under a `#[cfg]` are left to the compiler, which knows whether both are there.
pub(super) fn refuse_twice(methods: &[Method], errors: &mut Errors) {
    let mut seen: HashMap<String, (String, &Ident)> = HashMap::new();
    for (method, request_type) in methods
        .iter()
        .filter(|method| method.cfgs.is_empty())
        .filter_map(|method| match &method.role {
            Role::Handler(attribute) => Some((method, attribute.request_type.as_ref()?)),
            _ => None,
        })
    {
        let text = request_type.value();
        let variant = upper_camel(&text);
        if variant.is_empty() {
            continue;
        }
        match seen.get(&variant) {
            // Two methods of one name.
            Some((other, name)) if *other == text && **name == method.signature.ident => {
                errors.leave_to_compiler();
            }
            Some((other, _)) if *other == text => {
                let message = "another handler has this type already; write each type once";
                errors.on(request_type, message);
            }
            Some((other, _)) => {
                let message = format_args!(
                    "`{other}` and `{text}` both make the variant `{variant}`; write only one of them"
                );
                errors.on(request_type, message);
            }
            None => {
                seen.insert(variant, (text, &method.signature.ident));
            }
        }
    }
}

/// The type that stands for a field which a module reads and writes: `WithLastSeen`.
pub(super) fn wrapper(field: &Ident) -> Ident {
    let camel = upper_camel(&field.unraw().to_string());
    Ident::new(&format!("With{camel}"), Span::call_site())
}

/// Whether the protocol uses this key of a body itself.
pub(super) fn is_reserved_field(key: &str) -> bool {
    RESERVED_FIELDS.contains(&key)
}

/// The Rust field for a key of a reply: `ref` becomes `r#ref`, `next-offset` becomes
/// `next_offset`.
pub(super) fn reply_field(key: &LitStr) -> Option<Ident> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let snake = |c| if is_letter(c) { c } else { '_' };
    identifier(
        &key.value().chars().map(snake).collect::<String>(),
        key.span(),
    )
}

/// `list_committed_offsets` as `ListCommittedOffsets`.
fn upper_camel(text: &str) -> String {
    let mut camel = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

/// An identifier that is this text or close to it: a keyword is made raw where it can be, and what
/// starts with a digit gets an underscore before it.
fn identifier(text: &str, span: Span) -> Option<Ident> {
    let prefixed = [text.to_owned(), format!("r#{text}"), format!("_{text}")];
    let mut idents = prefixed
        .iter()
        .filter_map(|text| syn::parse_str::<Ident>(text).ok());
    let mut ident = idents.next()?;
    ident.set_span(span);
    Some(ident)
}
