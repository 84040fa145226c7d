//! Parses the attributes of methods that check a history, draw operations, or replace a default of
//! a workload.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, FnArg, ImplItem, ItemImpl, Meta, Signature, parse_quote};

use super::attributes::take;
use crate::errors::Errors;
use crate::model::{MarkedMethod, Replaced};
use crate::types;

/// The marked methods of a workload.
#[derive(Default)]
pub(crate) struct Checks {
    pub(crate) checks: Vec<MarkedMethod>,
    pub(crate) generate: Option<MarkedMethod>,
    pub(crate) replaced: Vec<(Replaced, Ident)>,
}

/// Parses these attributes, and removes them.
pub(crate) fn checks(block: &mut ItemImpl, errors: &mut Errors) -> Checks {
    let mut checks = Checks::default();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let method = MarkedMethod {
            name: function.sig.ident.clone(),
            is_untyped: is_untyped(&function.sig),
        };
        let marks = take(&mut function.attrs, |it| mark_of(it).is_some());
        if !marks.is_empty() {
            // The generated code passes `self` to all of them.
            let allow = parse_quote!(#[allow(clippy::unused_self)]);
            function.attrs.push(allow);
        }
        for attribute in &marks {
            checks.add(attribute, &method, errors);
        }
    }
    checks
}

impl Checks {
    fn add(&mut self, attribute: &Attribute, method: &MarkedMethod, errors: &mut Errors) {
        takes_nothing(attribute, errors);
        let is_duplicate = match mark_of(attribute) {
            None => false,
            Some(Mark::Check) => {
                self.checks.push(method.clone());
                false
            }
            Some(Mark::Generate) => self.generate.replace(method.clone()).is_some(),
            Some(Mark::Replaced(replaced)) => {
                let is_duplicate = self.replaced.iter().any(|(other, _)| *other == replaced);
                self.replaced.push((replaced, method.name.clone()));
                is_duplicate
            }
        };
        if is_duplicate {
            let name = attribute.path().to_token_stream();
            let message = format_args!("duplicate `#[{name}]`: a workload has one such method");
            errors.on(&method.name, message);
        }
    }
}

/// What an attribute makes of a method.
enum Mark {
    Check,
    Generate,
    Replaced(Replaced),
}

fn mark_of(attribute: &Attribute) -> Option<Mark> {
    let name = attribute.path().get_ident()?.to_string();
    match name.as_str() {
        "check" => Some(Mark::Check),
        "generate" => Some(Mark::Generate),
        _ => {
            let mut all = Replaced::ALL.into_iter();
            all.find(|it| it.name() == name).map(Mark::Replaced)
        }
    }
}

/// Returns whether a method works with the options of the test, or with a recorded history.
fn is_untyped(signature: &Signature) -> bool {
    let is_of = |ty| types::mentions(ty, "Options") || types::mentions(ty, "History");
    let mut inputs = signature.inputs.iter();
    inputs.any(|it| matches!(it, FnArg::Typed(typed) if is_of(&typed.ty)))
}

fn takes_nothing(attribute: &Attribute, errors: &mut Errors) {
    if !matches!(attribute.meta, Meta::Path(_)) {
        let name = attribute.path().to_token_stream();
        let message = format_args!("`#[{name}]` takes no arguments; write `#[{name}]`");
        errors.on(attribute, message);
    }
}
