//! Parses the arguments of `#[node]`, `#[handlers]` and `#[message]`.

use proc_macro2::TokenStream;
use syn::{Path, parse_quote};

use super::arguments::{MetaItem, fill, meta_items};
use crate::errors::Errors;

/// The arguments of `#[node]`.
pub(crate) struct NodeArguments {
    /// The path of `mael` in the user's crate.
    pub(crate) mael: Path,
    pub(crate) deadline_ms: Option<u64>,
    pub(crate) rpc_timeout_ms: Option<u64>,
}

/// Parses the arguments of `#[node]`.
pub(crate) fn node(arguments: TokenStream, errors: &mut Errors) -> NodeArguments {
    let (mut mael, mut deadline_ms, mut rpc_timeout_ms) = (None, None, None);
    for item in meta_items(arguments) {
        match item.name().as_str() {
            "crate" => fill(&mut mael, &item, errors, MetaItem::path),
            "deadline_ms" => fill(&mut deadline_ms, &item, errors, MetaItem::number),
            "rpc_timeout_ms" => fill(&mut rpc_timeout_ms, &item, errors, MetaItem::number),
            _ => errors.on(
                &item.tokens,
                "unknown argument; expected `deadline_ms`, `rpc_timeout_ms` or `crate`",
            ),
        }
    }
    NodeArguments {
        mael: mael.unwrap_or_else(default_path),
        deadline_ms,
        rpc_timeout_ms,
    }
}

/// Parses the arguments of an attribute whose only argument is `crate`, the path of `mael`.
pub(crate) fn only_crate(arguments: TokenStream, errors: &mut Errors) -> Path {
    let mut mael = None;
    for item in meta_items(arguments) {
        if item.name() == "crate" {
            fill(&mut mael, &item, errors, MetaItem::path);
        } else {
            errors.on(&item.tokens, "unknown argument; expected `crate = \"...\"`");
        }
    }
    mael.unwrap_or_else(default_path)
}

fn default_path() -> Path {
    parse_quote!(::mael)
}
