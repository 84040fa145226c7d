//! What may be a method that runs by itself: at the start, or every so often.

use syn::{ReturnType, Type};

use super::signature;
use crate::errors::Errors;
use crate::model::{Task, Tick};
use crate::parse::{Method, Period};
use crate::types::{self, MaybeResult};

/// Checks a method marked with `#[init]`.
pub(super) fn init<'a>(method: &'a Method, errors: &mut Errors) -> Option<Task<'a>> {
    check(method, "an `#[init]` method", errors)
}

/// Checks a method marked with `#[every]`.
pub(super) fn tick<'a>(
    method: &'a Method,
    period: Option<&'a Period>,
    errors: &mut Errors,
) -> Option<Tick<'a>> {
    let task = check(method, "an `#[every]` method", errors)?;
    Some(Tick {
        task,
        period: period?,
        returned: returned(method),
    })
}

/// Checks that it has no parameters, and nothing to return but an error.
fn check<'a>(method: &'a Method, what: &str, errors: &mut Errors) -> Option<Task<'a>> {
    signature::check(&method.signature, what, errors);
    let mut is_right = true;
    for parameter in &method.parameters {
        let message = format_args!("{what} reads no message; write `&self` alone");
        errors.on(&parameter.name, message);
        is_right = false;
    }
    let (fallible, value) = match returned(method).map(|ty| (ty, types::maybe_result(ty))) {
        None => (None, None),
        Some((ty, MaybeResult::Of(value))) => (Some(ty), Some(value)),
        Some((ty, MaybeResult::No | MaybeResult::Unclear)) => (None, Some(ty)),
    };
    if let Some(ty) = value
        && !types::is_unit(ty)
    {
        let message =
            format_args!("{what} has nobody to tell this; write `Result<()>`, or no type at all");
        errors.on(ty, message);
        is_right = false;
    }
    is_right.then(|| Task {
        method: &method.signature.ident,
        is_async: method.signature.asyncness.is_some(),
        cfgs: &method.cfgs,
        fallible,
    })
}

fn returned(method: &Method) -> Option<&Type> {
    match &method.signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}
