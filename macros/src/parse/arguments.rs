//! Splits the arguments of an attribute into meta items, and parses their values.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parse;
use syn::{Attribute, LitInt, LitStr, Meta, Path};

use crate::errors::Errors;

/// One argument of an attribute.
pub(super) struct MetaItem {
    /// All tokens of the item, as the location of errors.
    pub(super) tokens: TokenStream,
    /// None if the item does not begin with an identifier.
    pub(super) key: Option<Ident>,
    pub(super) value: MetaValue,
}

/// The part of an item after its key.
pub(super) enum MetaValue {
    /// `key`
    Nothing,
    /// `key = value`
    Assigned(TokenStream),
    /// `key(values)`
    List(TokenStream),
    /// Anything else.
    Invalid,
}

/// The tokens between the parentheses of an attribute. For `#[name = value]` these are `= value`,
/// which is not a valid item.
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

/// Splits arguments into items. An error in one item does not hide errors in the next.
pub(super) fn meta_items(arguments: TokenStream) -> Vec<MetaItem> {
    split(arguments).into_iter().map(item).collect()
}

/// Splits tokens at the commas.
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
        _ => (None, MetaValue::Invalid),
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
        _ => MetaValue::Invalid,
    }
}

impl MetaItem {
    /// The key, or an empty string if there is none.
    pub(super) fn name(&self) -> String {
        self.key.as_ref().map(Ident::to_string).unwrap_or_default()
    }

    /// Parses the value as a string literal.
    pub(super) fn text(&self, errors: &mut Errors) -> Option<LitStr> {
        let text = self.assigned();
        if text.is_none() {
            let key = self.name();
            let message = format_args!("expected a string literal: `{key} = \"...\"`");
            errors.on(self.location(), message);
        }
        text
    }

    /// Parses the value as a path in a string literal. Its tokens have the span of the literal.
    pub(super) fn path(&self, errors: &mut Errors) -> Option<Path> {
        let path = self.assigned().and_then(|text: LitStr| text.parse().ok());
        if path.is_none() {
            let key = self.name();
            let message = format_args!("expected a path in a string literal: `{key} = \"...\"`");
            errors.on(self.location(), message);
        }
        path
    }

    /// Parses the value as a positive integer.
    pub(super) fn number(&self, errors: &mut Errors) -> Option<u64> {
        let number = self
            .assigned()
            .and_then(|number: LitInt| number.base10_parse().ok())
            .filter(|number| *number > 0);
        if number.is_none() {
            let key = self.name();
            let message = format_args!("expected a positive integer: `{key} = 900`");
            errors.on(self.location(), message);
        }
        number
    }

    /// Returns the key of an item without a value.
    pub(super) fn flag(&self, errors: &mut Errors) -> Option<Ident> {
        if matches!(self.value, MetaValue::Nothing) {
            return self.key.clone();
        }
        let key = self.name();
        let message = format_args!("`{key}` takes no value; write `{key}`");
        errors.on(&self.tokens, message);
        None
    }

    fn assigned<T: Parse>(&self) -> Option<T> {
        match &self.value {
            MetaValue::Assigned(tokens) => syn::parse2(tokens.clone()).ok(),
            _ => None,
        }
    }

    /// The location of an error in the value.
    fn location(&self) -> &TokenStream {
        match &self.value {
            MetaValue::Assigned(tokens) if !tokens.is_empty() => tokens,
            _ => &self.tokens,
        }
    }
}

/// Parses an item into `slot`, unless the slot is filled already.
pub(super) fn fill<T>(
    slot: &mut Option<T>,
    item: &MetaItem,
    errors: &mut Errors,
    read: impl FnOnce(&MetaItem, &mut Errors) -> Option<T>,
) {
    if slot.is_some() {
        let message = format_args!("duplicate `{}`", item.name());
        errors.on(&item.key, message);
    } else {
        *slot = read(item, errors);
    }
}
