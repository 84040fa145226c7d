//! Parses `#[check]` and `#[generate]` on the methods of a workload.

use proc_macro2::Ident;
use syn::{Attribute, ImplItem, ItemImpl, Meta};

use super::attributes::take;
use crate::errors::Errors;

/// The methods that check a history and draw operations.
#[derive(Default)]
pub(crate) struct Checks {
    pub(crate) checks: Vec<Ident>,
    pub(crate) generate: Option<Ident>,
}

/// Parses these attributes, and removes them.
pub(crate) fn checks(block: &mut ItemImpl, errors: &mut Errors) -> Checks {
    let mut checks = Checks::default();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let mut marked = |name: &str, errors: &mut Errors| {
            let marks = take(&mut function.attrs, |it| it.path().is_ident(name));
            for mark in &marks {
                takes_nothing(mark, name, errors);
            }
            !marks.is_empty()
        };
        let name = &function.sig.ident.clone();
        if marked("check", errors) {
            checks.checks.push(name.clone());
        }
        if marked("generate", errors) {
            if checks.generate.is_some() {
                let message = "duplicate `#[generate]`: one method draws all operations";
                errors.on(name, message);
            }
            checks.generate = Some(name.clone());
        }
    }
    checks
}

fn takes_nothing(mark: &Attribute, name: &str, errors: &mut Errors) {
    if !matches!(mark.meta, Meta::Path(_)) {
        let message = format_args!("`#[{name}]` takes no arguments; write `#[{name}]`");
        errors.on(mark, message);
    }
}
