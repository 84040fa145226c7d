//! What may be a handler: a plain method that takes `&self`.

use proc_macro2::Span;
use syn::{Receiver, ReceiverKind, Safety, Signature};

use super::{names, parameter, reply};
use crate::errors::Errors;
use crate::model::{Argument, Handler};
use crate::parse::Method;
use crate::types;

pub(super) fn check<'a>(method: &'a Method, errors: &mut Errors) -> Option<Handler<'a>> {
    let signature = &method.signature;
    signature_is_plain(signature, errors);
    receiver_is_shared(signature, errors);
    let arguments = parameter::check(&method.parameters, errors);
    let variants = method
        .attribute
        .request_type
        .as_ref()
        .and_then(|request_type| Some((request_type, names::variants(request_type, errors)?)));
    let outcome = reply::check(signature, method.attribute.reply.as_ref(), errors);
    let (request_type, (request_variant, reply_variant)) = variants?;
    let arguments = arguments?;
    Some(Handler {
        method: &signature.ident,
        is_async: signature.asyncness.is_some(),
        docs: method.docs.iter().collect(),
        cfgs: method.cfgs.iter().collect(),
        request_type,
        request_variant,
        parameters_span: parameters_span(&arguments, signature),
        arguments,
        reply_type: format!("{}_ok", request_type.value()),
        reply_variant,
        outcome: outcome?,
    })
}

fn signature_is_plain(signature: &Signature, errors: &mut Errors) {
    if let Some(token) = &signature.constness {
        errors.on(token, "a handler can't be a `const fn`; remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.on(
            token,
            "a handler can't be unsafe to call; write `unsafe` inside of it",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.on(abi, "a handler can't have another ABI; remove `extern`");
    }
    if !signature.generics.params.is_empty() {
        let message = "a handler can't be generic; write the types out and remove these parameters";
        errors.on(&signature.generics.params, message);
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.on(
            clause,
            "a handler can't be generic; remove this `where` clause",
        );
    }
}

fn receiver_is_shared(signature: &Signature, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else {
        let message = "a handler is called on the node; write `&self` as its first parameter";
        errors.on(&signature.ident, message);
        return;
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => {}
        // The declaration of the lifetime is refused already.
        ReceiverKind::Reference(_, Some(_), None) if !signature.generics.params.is_empty() => {}
        ReceiverKind::Reference(_, _, Some(_)) => errors.on(
            plain(receiver),
            "handlers share the node; write `&self` and keep what changes in a `Cell` or `RefCell`",
        ),
        _ => errors.on(plain(receiver), "handlers share the node; write `&self`"),
    }
}

/// The receiver without attributes, so that the message stands below `self` only.
fn plain(receiver: &Receiver) -> Receiver {
    Receiver {
        attrs: Vec::new(),
        ..receiver.clone()
    }
}

/// The type that can't be read must be the one parameter's if there is just one; otherwise the
/// compiler does not tell which, and its message stands below all of them.
fn parameters_span(arguments: &[Argument<'_>], signature: &Signature) -> Span {
    let mut fields = arguments.iter().filter_map(|argument| match argument {
        Argument::Field(field) => Some(field),
        Argument::Sender => None,
    });
    match (fields.next(), fields.next()) {
        (Some(only), None) => types::ends(only.ty).0,
        _ => signature.paren_token.span.join(),
    }
}
