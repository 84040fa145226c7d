//! The names of generated items, and reserved names.

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

/// The message types that the runtime reserves: its own requests, and errors.
const RESERVED_TYPES: [&str; 2] = ["init", "error"];

/// The names derived from a node's name. None if its type is not a plain path.
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

/// The enum variants for a message type: that of the request, and that of its reply.
pub(super) fn variants(request_type: &LitStr, errors: &mut Errors) -> Option<(Ident, Ident)> {
    let text = request_type.value();
    if text.is_empty() {
        errors.on(request_type, "the message type can't be empty");
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
            "this type can't be converted to a variant name; use letters and digits",
        );
    }
    request.zip(reply)
}

/// Reports a reserved message type. Returns whether it is one.
pub(super) fn is_reserved_type(written: &LitStr, errors: &mut Errors) -> bool {
    let text = written.value();
    let is_reserved = RESERVED_TYPES.contains(&text.as_str());
    if is_reserved {
        let message = format_args!(
            "the message type `{text}` is reserved by the protocol; choose another one"
        );
        errors.on(written, message);
    }
    is_reserved
}

/// Reports handlers of the same message type, and message types whose variants have the same name.
/// Handlers with a `#[cfg]` are left to the compiler, which knows whether both exist.
pub(super) fn reject_duplicates(methods: &[Method], errors: &mut Errors) {
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
            // The methods have the same name, which the compiler reports.
            Some((other, name)) if *other == text && **name == method.signature.ident => {
                errors.leave_to_compiler();
            }
            Some((other, _)) if *other == text => {
                let message = format_args!("duplicate handler for the message type `{text}`");
                errors.on(request_type, message);
            }
            Some((other, _)) => {
                let message = format_args!(
                    "the message types `{other}` and `{text}` would have the same variant `{variant}`; \
                     rename one of them"
                );
                errors.on(request_type, message);
            }
            None => {
                seen.insert(variant, (text, &method.signature.ident));
            }
        }
    }
}

/// The name of the wrapper type of a field with `#[serde(with = ...)]`: `WithLastSeen`.
pub(super) fn wrapper(field: &Ident) -> Ident {
    let camel = upper_camel(&field.unraw().to_string());
    Ident::new(&format!("With{camel}"), Span::call_site())
}

/// Whether the protocol reserves this key of a body.
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

/// Converts `list_committed_offsets` to `ListCommittedOffsets`.
fn upper_camel(text: &str) -> String {
    let mut camel = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

/// Converts a string to an identifier. A keyword becomes a raw identifier, and a leading digit is
/// prefixed with an underscore.
fn identifier(text: &str, span: Span) -> Option<Ident> {
    let prefixed = [text.to_owned(), format!("r#{text}"), format!("_{text}")];
    let mut idents = prefixed
        .iter()
        .filter_map(|text| syn::parse_str::<Ident>(text).ok());
    let mut ident = idents.next()?;
    ident.set_span(span);
    Some(ident)
}
