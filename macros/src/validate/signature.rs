//! What may be a method that we call: a plain one that takes `&self` or `self: &Rc<Self>`.

use syn::{Receiver, ReceiverKind, ReturnType, Safety, Signature, Type};

use crate::errors::Errors;
use crate::types;

/// Checks all of a signature but its parameters and its return type. `what` is the kind of method.
pub(super) fn check(signature: &Signature, what: &str, errors: &mut Errors) {
    is_plain(signature, what, errors);
    receiver_is_shared(signature, what, errors);
}

fn is_plain(signature: &Signature, what: &str, errors: &mut Errors) {
    if let Some(token) = &signature.constness {
        let message = format_args!("{what} can't be a `const fn`; remove `const`");
        errors.on(token, message);
    }
    if let Safety::Unsafe(token) = &signature.safety {
        let message = format_args!("{what} can't be unsafe to call; write `unsafe` inside of it");
        errors.on(token, message);
    }
    if let Some(abi) = &signature.abi {
        let message = format_args!("{what} can't have another ABI; remove `extern`");
        errors.on(abi, message);
    }
    if !signature.generics.params.is_empty() {
        let message = format_args!(
            "{what} can't be generic; write the types out and remove these parameters"
        );
        errors.on(&signature.generics.params, message);
    }
    if let Some(clause) = &signature.generics.where_clause {
        let message = format_args!("{what} can't be generic; remove this `where` clause");
        errors.on(clause, message);
    }
}

fn receiver_is_shared(signature: &Signature, what: &str, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else {
        let message =
            format_args!("{what} is called on the node; write `&self` as its first parameter");
        errors.on(&signature.ident, message);
        return;
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => {}
        ReceiverKind::Typed(_, ty) if types::is_shared_self(ty) => {}
        // The declaration of the lifetime is refused already.
        ReceiverKind::Reference(_, Some(_), None) if !signature.generics.params.is_empty() => {}
        ReceiverKind::Reference(_, _, Some(_)) => errors.on(
            plain(receiver),
            "handlers share the node; write `&self` and keep what changes in a `Cell` or `RefCell`",
        ),
        _ => {
            let message = "handlers share the node; write `&self`, or `self: &Rc<Self>` to share \
                           it with a task";
            errors.on(plain(receiver), message);
        }
    }
}

/// The return type, if it is written.
pub(super) fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}

/// The receiver without attributes, so that the message stands below `self` only.
fn plain(receiver: &Receiver) -> Receiver {
    Receiver {
        attrs: Vec::new(),
        ..receiver.clone()
    }
}
