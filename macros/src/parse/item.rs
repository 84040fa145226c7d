//! Reads the arguments of the attributes that stand above an item.

use proc_macro2::TokenStream;
use syn::{Path, parse_quote};

use super::arguments::{MetaItem, fill, meta_items};
use crate::errors::Errors;

/// What `#[node(...)]` says.
pub(crate) struct NodeArguments {
    /// The path of `mael` in the user's crate.
    pub(crate) mael: Path,
    pub(crate) deadline_ms: Option<u64>,
    pub(crate) rpc_timeout_ms: Option<u64>,
}

/// Reads the arguments of `#[node]`.
pub(crate) fn node(arguments: TokenStream, errors: &mut Errors) -> NodeArguments {
    let (mut mael, mut deadline_ms, mut rpc_timeout_ms) = (None, None, None);
    for item in meta_items(arguments) {
        match item.name().as_str() {
            "crate" => fill(&mut mael, &item, errors, MetaItem::path),
            "deadline_ms" => fill(&mut deadline_ms, &item, errors, MetaItem::number),
            "rpc_timeout_ms" => fill(&mut rpc_timeout_ms, &item, errors, MetaItem::number),
            _ => errors.on(
                &item.tokens,
                "a node has no such key; write `deadline_ms`, `rpc_timeout_ms` or `crate`",
            ),
        }
    }
    NodeArguments {
        mael: mael.unwrap_or_else(default_path),
        deadline_ms,
        rpc_timeout_ms,
    }
}

/// Reads the arguments of an attribute that has none but `crate`: the path of `mael`.
pub(crate) fn only_crate(attribute: &str, arguments: TokenStream, errors: &mut Errors) -> Path {
    let mut mael = None;
    for item in meta_items(arguments) {
        if item.name() == "crate" {
            fill(&mut mael, &item, errors, MetaItem::path);
        } else {
            let message = format_args!(
                "`#[{attribute}]` has no such key; write `crate = \"...\"` or just `#[{attribute}]`"
            );
            errors.on(&item.tokens, message);
        }
    }
    mael.unwrap_or_else(default_path)
}

fn default_path() -> Path {
    parse_quote!(::mael)
}
