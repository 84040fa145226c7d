//! Splits what stands between the parentheses of an attribute into meta_items, and reads their values.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parse;
use syn::{Attribute, LitInt, LitStr, Meta, Path};

use crate::errors::Errors;

/// One item between commas.
pub(super) struct MetaItem {
    /// All of it, to report it.
    pub(super) tokens: TokenStream,
    /// None if it does not begin with a name.
    pub(super) key: Option<Ident>,
    pub(super) value: MetaValue,
}

/// What follows the key of an item.
pub(super) enum MetaValue {
    /// `key`
    Nothing,
    /// `key = value`
    Assigned(TokenStream),
    /// `key(values)`
    List(TokenStream),
    /// Something else.
    Unclear,
}

/// What stands between the parentheses of an attribute; or behind its name, if there are none, where
/// it is no item of any kind.
pub(super) fn of_attribute(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(pair) => {
            let (equals, value) = (&pair.eq_token, &pair.value);
            quote!(#equals #value)
        }
    }
}

/// Splits at the commas, so that a mistake in one item does not hide those in the next.
pub(super) fn meta_items(arguments: TokenStream) -> Vec<MetaItem> {
    split(arguments).into_iter().map(item).collect()
}

/// What stands between the commas.
pub(super) fn split(arguments: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens
        .split(is_comma)
        .filter(|part| !part.is_empty())
        .map(|part| part.iter().cloned().collect())
        .collect()
}

fn item(tokens: TokenStream) -> MetaItem {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (key, value) = match &*trees {
        [TokenTree::Ident(key), rest @ ..] => (Some(key.clone()), value(rest)),
        _ => (None, MetaValue::Unclear),
    };
    MetaItem { tokens, key, value }
}

fn value(tokens: &[TokenTree]) -> MetaValue {
    match tokens {
        [] => MetaValue::Nothing,
        [TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
            MetaValue::Assigned(value.iter().cloned().collect())
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            MetaValue::List(group.stream())
        }
        _ => MetaValue::Unclear,
    }
}

impl MetaItem {
    /// Its key as text; empty if it has none.
    pub(super) fn name(&self) -> String {
        self.key.as_ref().map(Ident::to_string).unwrap_or_default()
    }

    /// A text in quotes.
    pub(super) fn text(&self, errors: &mut Errors) -> Option<LitStr> {
        let text = self.assigned();
        if text.is_none() {
            let key = self.name();
            let message = format_args!("`{key}` is a text; write `{key} = \"...\"`");
            errors.on(self.place(), message);
        }
        text
    }

    /// A path in quotes, whose tokens bear the span of the quotes.
    pub(super) fn path(&self, errors: &mut Errors) -> Option<Path> {
        let path = self.assigned().and_then(|text: LitStr| text.parse().ok());
        if path.is_none() {
            let key = self.name();
            let message = format_args!("`{key}` is a path in quotes; write `{key} = \"...\"`");
            errors.on(self.place(), message);
        }
        path
    }

    /// A number of milliseconds or seconds.
    pub(super) fn number(&self, errors: &mut Errors) -> Option<u64> {
        let number = self
            .assigned()
            .and_then(|number: LitInt| number.base10_parse().ok())
            .filter(|number| *number > 0);
        if number.is_none() {
            let key = self.name();
            let message = format_args!("`{key}` is a whole number above zero; write `{key} = 900`");
            errors.on(self.place(), message);
        }
        number
    }

    /// The key itself, which says everything.
    pub(super) fn flag(&self, errors: &mut Errors) -> Option<Ident> {
        if matches!(self.value, MetaValue::Nothing) {
            return self.key.clone();
        }
        let key = self.name();
        let message = format_args!("`{key}` has no value; write just `{key}`");
        errors.on(&self.tokens, message);
        None
    }

    fn assigned<T: Parse>(&self) -> Option<T> {
        match &self.value {
            MetaValue::Assigned(tokens) => syn::parse2(tokens.clone()).ok(),
            _ => None,
        }
    }

    /// Where to report a value that is wrong, or missing.
    fn place(&self) -> &TokenStream {
        match &self.value {
            MetaValue::Assigned(tokens) if !tokens.is_empty() => tokens,
            _ => &self.tokens,
        }
    }
}

/// Fills in what an item says, unless its key stood there before.
pub(super) fn fill<T>(
    slot: &mut Option<T>,
    item: &MetaItem,
    errors: &mut Errors,
    read: impl FnOnce(&MetaItem, &mut Errors) -> Option<T>,
) {
    if slot.is_some() {
        let message = format_args!("`{}` stands here twice; keep one of them", item.name());
        errors.on(&item.key, message);
    } else {
        *slot = read(item, errors);
    }
}
