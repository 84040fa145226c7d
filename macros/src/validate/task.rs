//! What may be a method that runs by itself: at the start, every so often, or all the time.

use super::signature;
use crate::errors::Errors;
use crate::model::{Period, Task, Tick};
use crate::parse::Method;

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
    })
}

/// Checks a method marked with `#[task]`.
pub(super) fn background<'a>(method: &'a Method, errors: &mut Errors) -> Option<Task<'a>> {
    let task = check(method, "a `#[task]` method", errors)?;
    if !task.is_async {
        let message = "`#[task]` methods must be `async fn`; use `#[init]` for work that is done once \
                       at the start";
        errors.on(method.signature.fn_token, message);
        return None;
    }
    Some(task)
}

/// Checks that it has no parameters. What it may return is a trait of the runtime's.
fn check<'a>(method: &'a Method, what: &str, errors: &mut Errors) -> Option<Task<'a>> {
    signature::check(&method.signature, what, errors);
    for parameter in &method.parameters {
        let message = format_args!("{what} reads no message; write `&self` alone");
        errors.on(&parameter.name, message);
    }
    method.parameters.is_empty().then(|| Task {
        method: &method.signature.ident,
        is_async: method.signature.asyncness.is_some(),
        cfgs: &method.cfgs,
        returned: signature::returned(&method.signature),
    })
}
