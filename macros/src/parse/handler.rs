//! Parses `#[handler(...)]`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{LitStr, Token};

use super::arguments::{MetaItem, MetaValue, fill, meta_items};
use crate::errors::Errors;

/// The arguments of a `#[handler]`.
pub(crate) struct HandlerAttribute {
    /// By default the method's name. None if an error in it has been reported.
    pub(crate) request_type: Option<LitStr>,
    pub(crate) reply: ReplyNames,
    pub(crate) reply_type: Option<LitStr>,
    /// The argument `oneway`: no reply is sent.
    pub(crate) oneway: Option<Ident>,
    /// The argument `fallible`: the return type is an alias of `Result`.
    pub(crate) fallible: Option<Ident>,
    pub(crate) deadline: Option<Deadline>,
}

/// The names of the reply's fields.
pub(crate) enum ReplyNames {
    /// There is no `reply`.
    None,
    /// `reply = "value"`
    One(LitStr),
    /// `reply("values", "next")`
    Several(Vec<LitStr>),
    /// An error has been reported.
    Invalid,
}

/// The argument `deadline_ms`.
pub(crate) struct Deadline {
    pub(crate) key: Ident,
    pub(crate) milliseconds: u64,
}

pub(super) fn read(
    arguments: TokenStream,
    method: &Ident,
    errors: &mut Errors,
) -> HandlerAttribute {
    let (mut request_type, mut reply, mut reply_type) = (None, None, None);
    let (mut oneway, mut fallible, mut deadline) = (None, None, None);
    let mut is_type_written = false;
    for item in meta_items(arguments) {
        match item.name().as_str() {
            "type" => {
                is_type_written = true;
                fill(&mut request_type, &item, errors, MetaItem::text);
            }
            "reply" => fill(&mut reply, &item, errors, |item, errors| {
                Some(reply_names(item, errors))
            }),
            "reply_type" => fill(&mut reply_type, &item, errors, MetaItem::text),
            "oneway" => fill(&mut oneway, &item, errors, MetaItem::flag),
            "fallible" => fill(&mut fallible, &item, errors, MetaItem::flag),
            "deadline_ms" => fill(&mut deadline, &item, errors, deadline_of),
            _ => errors.on(
                &item.tokens,
                "unknown argument; expected `type`, `reply`, `reply_type`, `fallible`, `oneway` or \
                 `deadline_ms`",
            ),
        }
    }
    if !is_type_written {
        request_type = Some(LitStr::new(&method.unraw().to_string(), method.span()));
    }
    HandlerAttribute {
        request_type,
        reply: reply.unwrap_or(ReplyNames::None),
        reply_type,
        oneway,
        fallible,
        deadline,
    }
}

fn deadline_of(item: &MetaItem, errors: &mut Errors) -> Option<Deadline> {
    Some(Deadline {
        milliseconds: item.number(errors)?,
        key: item.key.clone()?,
    })
}

fn reply_names(item: &MetaItem, errors: &mut Errors) -> ReplyNames {
    let MetaValue::List(list) = &item.value else {
        return item
            .text(errors)
            .map_or(ReplyNames::Invalid, ReplyNames::One);
    };
    match Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(list.clone()) {
        Ok(names) if names.len() > 1 => ReplyNames::Several(names.into_iter().collect()),
        _ => {
            let message = "expected string literals: `reply(\"...\", \"...\")` for a tuple, or \
                           `reply = \"...\"` for one field";
            errors.on(&item.tokens, message);
            ReplyNames::Invalid
        }
    }
}
