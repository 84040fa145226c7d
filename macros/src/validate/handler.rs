//! Checks the methods marked `#[handler]`.

use proc_macro2::Span;
use syn::{LitStr, Path, Signature};

use super::{names, parameter, reply, signature};
use crate::errors::Errors;
use crate::model::{Argument, CalledMethod, Handler};
use crate::parse::{HandlerAttribute, Method};
use crate::types;

pub(super) fn check<'a>(
    mael: &Path,
    method: &'a Method,
    attribute: &'a HandlerAttribute,
    errors: &mut Errors,
) -> Option<Handler<'a>> {
    let signature = &method.signature;
    let is_async = signature.asyncness.is_some();
    signature::check(signature, "handlers", errors);
    if let Some(deadline) = &attribute.deadline
        && !is_async
    {
        let message = "`deadline_ms` only applies to `async fn` handlers";
        errors.on(&deadline.key, message);
    }
    let arguments = parameter::check(&method.parameters, is_async, errors);
    let variants = attribute
        .request_type
        .as_ref()
        .and_then(|request_type| Some((request_type, names::variants(request_type, errors)?)));
    let reply = reply::check(signature, attribute, mael, errors);
    let (request_type, (request_variant, reply_variant)) = variants?;
    let arguments = arguments?;
    let (fallible, reply) = reply?;
    Some(Handler {
        method: CalledMethod {
            ident: &signature.ident,
            is_async,
            cfgs: &method.cfgs,
            returned: signature::returned(signature),
        },
        docs: &method.docs,
        request_type,
        request_variant,
        parameters_span: parameters_span(&arguments, signature),
        arguments,
        reply_type: attribute
            .reply_type
            .as_ref()
            .map_or_else(|| format!("{}_ok", request_type.value()), LitStr::value),
        reply_variant,
        reply,
        fallible,
        deadline_ms: attribute.deadline.as_ref().map(|d| d.milliseconds),
    })
}

/// Where the compiler reports that a parameter can't be deserialized: at its type if there is only
/// one parameter, otherwise at the parameter list, since the compiler does not say which one it is.
fn parameters_span(arguments: &[Argument<'_>], signature: &Signature) -> Span {
    let mut types = arguments.iter().filter_map(|argument| match argument {
        Argument::Field(parameter) => Some(&*parameter.field.ty),
        Argument::Body(body) => Some(&*body.ty),
        Argument::Sender => None,
    });
    match (types.next(), types.next()) {
        (Some(only), None) => types::ends(only).0,
        _ => signature.paren_token.span.join(),
    }
}
