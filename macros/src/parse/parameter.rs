//! Reads the parameters of a method and the attributes on them.

use syn::{Attribute, ExprPath, FnArg, LitStr, Pat, PatType, Path, Signature, Type};

use super::arguments::{self, MetaItem, MetaValue, fill, meta_items};
use super::attributes::take;
use super::conditions::{self, Conditions, Configuration};
use crate::errors::Errors;
use crate::model::DefaultValue;

/// The attributes that a handler's parameter may have for the compiler.
const FOR_COMPILER: [&str; 7] = [
    "allow", "expect", "warn", "deny", "forbid", "cfg", "cfg_attr",
];

/// The attributes that are ours on a parameter.
const OURS: [&str; 2] = ["src", "body"];

/// A parameter of a method, other than `self`.
pub(crate) struct Parameter {
    /// Each `#[src]` before it.
    pub(crate) senders: Vec<Attribute>,
    /// Each `#[body]` before it.
    pub(crate) bodies: Vec<Attribute>,
    /// Each `#[serde(...)]` before it.
    pub(crate) serdes: Vec<Attribute>,
    /// What these say.
    pub(crate) serde: Serde,
    /// The attributes that mean nothing to us, and that the compiler would not know either.
    pub(crate) unknown: Vec<Attribute>,
    pub(crate) name: Pat,
    pub(crate) ty: Type,
}

/// What `#[serde(...)]` says.
#[derive(Default)]
pub(crate) struct Serde {
    pub(crate) rename: Option<LitStr>,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) with: Option<Path>,
}

/// Adds the conditions that the parameters of a handler depend on.
pub(super) fn add_conditions(signature: &Signature, conditions: &mut Conditions) {
    for typed in typed(signature) {
        conditions.add_own(&typed.attrs);
        conditions.add(&typed.attrs, &is_ours_to_read);
    }
}

/// Reads the parameters that a handler has in this configuration of its conditions.
pub(super) fn of_handler(
    signature: &Signature,
    configuration: &Configuration,
    errors: &mut Errors,
) -> Vec<Parameter> {
    typed(signature)
        .filter(|typed| configuration.has(&typed.attrs))
        .map(|typed| {
            let mut attributes = configuration.attributes(&typed.attrs);
            attributes.retain(is_ours_to_read);
            let mut taken = |name| take(&mut attributes, |a: &Attribute| a.path().is_ident(name));
            let serdes = taken("serde");
            Parameter {
                senders: taken("src"),
                bodies: taken("body"),
                serde: serde(&serdes, errors),
                serdes,
                unknown: attributes,
                name: (*typed.pat).clone(),
                ty: (*typed.ty).clone(),
            }
        })
        .collect()
}

/// Takes all attributes out of the parameters of a handler, but those for the compiler.
pub(super) fn strip(signature: &mut Signature) {
    for input in &mut signature.inputs {
        if let FnArg::Typed(typed) = input {
            conditions::strip(&mut typed.attrs, &is_ours_to_read);
        }
    }
}

fn typed(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    })
}

/// Whether the compiler has no use for an attribute of a handler's parameter.
fn is_ours_to_read(attribute: &Attribute) -> bool {
    !FOR_COMPILER
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

/// Takes our attributes out of the parameters of a method that is no handler, where they mean
/// nothing.
pub(super) fn refuse(signature: &mut Signature, errors: &mut Errors) {
    for input in &mut signature.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let is_ours =
            |attribute: &Attribute| OURS.iter().any(|name| attribute.path().is_ident(name));
        for mark in take(&mut typed.attrs, is_ours) {
            let message = "only a handler reads a message; write `#[handler]` above this method";
            errors.on(mark, message);
        }
    }
}

/// Reads what serde would read on a field.
pub(crate) fn serde(attributes: &[Attribute], errors: &mut Errors) -> Serde {
    let mut serde = Serde::default();
    for item in attributes
        .iter()
        .map(arguments::of_attribute)
        .flat_map(meta_items)
    {
        match item.name().as_str() {
            "rename" => fill(&mut serde.rename, &item, errors, MetaItem::text),
            "default" => fill(&mut serde.default, &item, errors, default_value),
            "with" => fill(&mut serde.with, &item, errors, MetaItem::path),
            _ => errors.on(
                &item.tokens,
                "a parameter has no such key; write `rename`, `default` or `with`",
            ),
        }
    }
    serde
}

fn default_value(item: &MetaItem, errors: &mut Errors) -> Option<DefaultValue> {
    let key = item.key.clone()?;
    let function = match item.value {
        MetaValue::Nothing => None,
        _ => Some(ExprPath {
            attrs: Vec::new(),
            qself: None,
            path: item.path(errors)?,
        }),
    };
    Some(DefaultValue { key, function })
}
