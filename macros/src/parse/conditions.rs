//! Conditional compilation: attributes in a `#[cfg_attr]`, and parameters with a `#[cfg]`.
//!
//! An attribute macro receives both unevaluated. So a method is parsed once for each configuration
//! of its conditions, and the code generated for a configuration has a `#[cfg]` of its own.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, parse_quote};

use super::arguments::{of_attribute, split};
use crate::errors::Errors;

/// The maximum number of conditions of one method or field. Each doubles the generated code.
const MAX_CONDITIONS: usize = 4;

/// The condition of a `#[cfg]`, without its outermost `not(...)`s.
struct Condition {
    tokens: TokenStream,
    text: String,
    is_negated: bool,
}

impl Condition {
    fn new(tokens: &TokenStream) -> Self {
        if let Ok(Meta::List(list)) = syn::parse2(tokens.clone())
            && list.path.is_ident("not")
        {
            let negated = Self::new(&list.tokens);
            return Self {
                is_negated: !negated.is_negated,
                ..negated
            };
        }
        Self {
            tokens: tokens.clone(),
            text: tokens.to_string(),
            is_negated: false,
        }
    }
}

/// The conditions that a method or field depends on.
#[derive(Default)]
pub(super) struct Conditions(Vec<Condition>);

impl Conditions {
    /// Adds the conditions of `#[cfg_attr]`s that contain an attribute that `matters`.
    pub(super) fn add(&mut self, attributes: &[Attribute], matters: &impl Fn(&Attribute) -> bool) {
        for attribute in attributes {
            if let Some((condition, inner)) = conditional(attribute)
                && any(&inner, matters)
            {
                self.push(&condition);
                self.add(&inner, matters);
            }
        }
    }

    /// Adds the conditions of `#[cfg]`s.
    pub(super) fn add_own(&mut self, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|a| a.path().is_ident("cfg")) {
            self.push(&of_attribute(attribute));
        }
    }

    fn push(&mut self, condition: &TokenStream) {
        let condition = Condition::new(condition);
        if self.0.iter().all(|other| other.text != condition.text) {
            self.0.push(condition);
        }
    }

    /// Returns all configurations; exactly one if there are no conditions.
    pub(super) fn configurations(self, errors: &mut Errors) -> Vec<Configuration> {
        let mut conditions = self.0;
        if let Some(extra) = conditions.get(MAX_CONDITIONS) {
            let message =
                format!("at most {MAX_CONDITIONS} `#[cfg]` conditions are supported here");
            errors.on(&extra.tokens, message);
            conditions.truncate(MAX_CONDITIONS);
        }
        let holds = |number: usize, index: usize| number & (1 << index) == 0;
        let configuration = |number| {
            let all = conditions.iter().enumerate();
            let all = all.map(|(index, condition)| Setting {
                tokens: condition.tokens.clone(),
                text: condition.text.clone(),
                holds: holds(number, index),
            });
            Configuration(all.collect())
        };
        (0..1 << conditions.len()).map(configuration).collect()
    }
}

/// Whether one of the attributes matters, or is a `#[cfg_attr]` that contains one that does.
pub(super) fn any(attributes: &[Attribute], matters: &impl Fn(&Attribute) -> bool) -> bool {
    attributes.iter().any(|attribute| {
        matters(attribute) || conditional(attribute).is_some_and(|(_, inner)| any(&inner, matters))
    })
}

/// An assignment of true or false to each condition.
pub(super) struct Configuration(Vec<Setting>);

struct Setting {
    tokens: TokenStream,
    text: String,
    holds: bool,
}

impl Configuration {
    /// The `#[cfg]`s that hold in this configuration only.
    pub(super) fn cfgs(&self) -> impl Iterator<Item = Attribute> {
        self.0.iter().map(|Setting { tokens, holds, .. }| {
            if *holds {
                parse_quote!(#[cfg(#tokens)])
            } else {
                parse_quote!(#[cfg(not(#tokens))])
            }
        })
    }

    /// Expands the `#[cfg_attr]`s with known conditions; the others remain.
    pub(super) fn attributes(&self, attributes: &[Attribute]) -> Vec<Attribute> {
        let mut all = Vec::new();
        for attribute in attributes {
            let known = conditional(attribute)
                .and_then(|(condition, inner)| Some((self.holds(&condition)?, inner)));
            match known {
                Some((true, inner)) => all.extend(self.attributes(&inner)),
                Some((false, _)) => {}
                None => all.push(attribute.clone()),
            }
        }
        all
    }

    /// Whether an item with these attributes exists in this configuration.
    pub(super) fn has(&self, attributes: &[Attribute]) -> bool {
        let mut cfgs = attributes.iter().filter(|a| a.path().is_ident("cfg"));
        cfgs.all(|cfg| self.holds(&of_attribute(cfg)) != Some(false))
    }

    fn holds(&self, condition: &TokenStream) -> Option<bool> {
        let condition = Condition::new(condition);
        let setting = self.0.iter().find(|it| it.text == condition.text)?;
        Some(setting.holds != condition.is_negated)
    }
}

/// Removes our attributes, also from `#[cfg_attr]`s.
pub(super) fn strip(attributes: &mut Vec<Attribute>, is_ours: &impl Fn(&Attribute) -> bool) {
    let stripped = attributes.drain(..).filter_map(|attribute| {
        let Some((condition, mut inner)) = conditional(&attribute) else {
            return (!is_ours(&attribute)).then_some(attribute);
        };
        if !any(&inner, is_ours) {
            return Some(attribute);
        }
        strip(&mut inner, is_ours);
        let metas = inner.iter().map(|attribute| &attribute.meta);
        (!inner.is_empty()).then(|| parse_quote!(#[cfg_attr(#condition, #(#metas),*)]))
    });
    *attributes = stripped.collect();
}

/// The condition of a `#[cfg_attr]`, and the attributes in it.
fn conditional(attribute: &Attribute) -> Option<(TokenStream, Vec<Attribute>)> {
    if !attribute.path().is_ident("cfg_attr") {
        return None;
    }
    let mut parts = split(of_attribute(attribute)).into_iter();
    let condition = parts.next()?;
    let inner = parts.map(|meta| {
        let meta: Meta = syn::parse2(meta).ok()?;
        let attribute = quote_spanned!(meta.span()=> #[#meta]);
        Some(parse_quote!(#attribute))
    });
    Some((condition, inner.collect::<Option<_>>()?))
}
