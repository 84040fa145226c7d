//! Parses the parameters of a method and their attributes.

use syn::{Attribute, ExprPath, FnArg, LitStr, Pat, PatType, Path, Signature, Type};

use super::arguments::{self, MetaItem, MetaValue, fill, meta_items};
use super::attributes::take;
use super::conditions::{self, Conditions, Configuration};
use crate::errors::Errors;
use crate::model::DefaultValue;

/// The attributes of parameters that are left to the compiler.
const FOR_COMPILER: [&str; 7] = [
    "allow", "expect", "warn", "deny", "forbid", "cfg", "cfg_attr",
];

/// The attributes of parameters that `#[handlers]` defines.
const OURS: [&str; 2] = ["src", "body"];

/// A parameter of a method, other than `self`.
pub(crate) struct Parameter {
    /// All `#[src]` attributes.
    pub(crate) senders: Vec<Attribute>,
    /// All `#[body]` attributes.
    pub(crate) bodies: Vec<Attribute>,
    /// All `#[serde(...)]` attributes.
    pub(crate) serdes: Vec<Attribute>,
    /// The parsed contents of these.
    pub(crate) serde: Serde,
    /// The attributes that neither this crate nor the compiler supports.
    pub(crate) unknown: Vec<Attribute>,
    pub(crate) name: Pat,
    pub(crate) ty: Type,
}

/// The supported contents of `#[serde(...)]`.
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

/// Parses the parameters that a handler has in this configuration.
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

/// Removes all attributes from the parameters of a handler, except those for the compiler.
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

/// Whether an attribute of a handler's parameter is not for the compiler.
fn is_ours_to_read(attribute: &Attribute) -> bool {
    !FOR_COMPILER
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

/// Removes our attributes from the parameters of a method that is not a handler, and reports them.
pub(super) fn refuse(signature: &mut Signature, errors: &mut Errors) {
    for input in &mut signature.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let is_ours =
            |attribute: &Attribute| OURS.iter().any(|name| attribute.path().is_ident(name));
        for mark in take(&mut typed.attrs, is_ours) {
            let message = "this attribute is only allowed on parameters of `#[handler]` methods";
            errors.on(mark, message);
        }
    }
}

/// Parses `#[serde(...)]` attributes.
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
                "unsupported serde attribute; expected `rename`, `default` or `with`",
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
