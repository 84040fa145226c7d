//! Checks the methods marked `#[init]`, `#[every]` and `#[task]`.

use super::signature;
use crate::errors::Errors;
use crate::model::{CalledMethod, Period, Timer};
use crate::parse::Method;

/// Checks a method marked with `#[init]`.
pub(super) fn init<'a>(method: &'a Method, errors: &mut Errors) -> Option<CalledMethod<'a>> {
    check(method, "`#[init]` methods", errors)
}

/// Checks a method marked with `#[every]`.
pub(super) fn timer<'a>(
    method: &'a Method,
    period: Option<&'a Period>,
    errors: &mut Errors,
) -> Option<Timer<'a>> {
    let method = check(method, "`#[every]` methods", errors)?;
    Some(Timer {
        method,
        period: period?,
    })
}

/// Checks a method marked with `#[task]`.
pub(super) fn task<'a>(method: &'a Method, errors: &mut Errors) -> Option<CalledMethod<'a>> {
    let called = check(method, "`#[task]` methods", errors)?;
    if !called.is_async {
        let message = "`#[task]` methods must be `async fn`; use `#[init]` for work that is done once \
                       at the start";
        errors.on(method.signature.fn_token, message);
        return None;
    }
    Some(called)
}

/// Checks that the method has no parameters. The compiler checks its return type.
fn check<'a>(method: &'a Method, what: &str, errors: &mut Errors) -> Option<CalledMethod<'a>> {
    signature::check(&method.signature, what, errors);
    for parameter in &method.parameters {
        let message =
            format_args!("{what} can't have parameters other than `&self`; remove this parameter");
        errors.on(&parameter.name, message);
    }
    method.parameters.is_empty().then(|| CalledMethod {
        ident: &method.signature.ident,
        is_async: method.signature.asyncness.is_some(),
        cfgs: &method.cfgs,
        returned: signature::returned(&method.signature),
    })
}
