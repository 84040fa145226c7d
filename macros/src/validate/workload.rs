//! Validates structs marked `#[workload]` and `impl` blocks marked `#[operations]`.

use proc_macro2::Span;
use syn::{Item, ItemImpl};

use super::{generics, operations as each};
use crate::errors::Errors;
use crate::model::{FlagField, Handlers, Marks, Operations, Workload, WorkloadArguments};
use crate::parse::Checks;

/// Validates a `#[workload]`.
pub(crate) fn workload<'a>(
    arguments: &'a WorkloadArguments,
    item: &'a Item,
    flags: &'a [FlagField],
    errors: &mut Errors,
) -> Option<Workload<'a>> {
    let Item::Struct(item) = item else {
        errors.at(
            Span::call_site(),
            "`#[workload]` is only allowed on a struct, whose fields are its flags",
        );
        return None;
    };
    generics::reject(&item.generics, errors);
    Some(Workload {
        item,
        arguments,
        flags,
    })
}

/// Validates an `#[operations]`.
pub(crate) fn operations<'a>(
    block: &'a ItemImpl,
    handlers: &'a Handlers<'a>,
    marks: &'a [Marks],
    checks: &'a Checks,
    errors: &mut Errors,
) -> Operations<'a> {
    if checks.checks.is_empty() && errors.is_empty() {
        let message = "nothing is checked; mark a method with `#[check]`: \
                       `fn name(&self, history: &Typed<Self>) -> Verdict`";
        errors.on(&block.self_ty, message);
    }
    let is_undrawn = |it: &Marks| it.setup.is_some() || it.weight == Some(0);
    let is_never = !marks.is_empty() && marks.iter().all(is_undrawn);
    if checks.generate.is_none() && is_never {
        let message = "all operations have `weight = 0`, so none is drawn; remove one `weight`";
        errors.on(&block.self_ty, message);
    }
    Operations {
        names: &handlers.names,
        operations: each::check(handlers, marks, checks.generate.is_some(), errors),
        checks: &checks.checks,
        generate: checks.generate.as_ref(),
        replaced: &checks.replaced,
    }
}
